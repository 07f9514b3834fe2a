import * as z from 'zod';
import type { ObservedMigration } from '../../domain/observed.ts';
import { countOf, type Statistics } from './statistics.ts';
import type { Element } from './xml.ts';

/** What a transfer was that is over; each figure is absent where libvirt doesn't say it. */
export interface FinalFigures {
  /** How long the guest stood still, in milliseconds. */
  readonly downtime: number | undefined;
  readonly memoryTotalBytes: number | undefined;
  readonly memoryProcessedBytes: number | undefined;
  readonly diskTotalBytes: number | undefined;
  readonly diskProcessedBytes: number | undefined;
}

/** virDomainJobType: over, and well. */
const COMPLETED = '3';
/** virDomainJobOperation, as it is called on the one side and on the other. */
const MIGRATIONS: ReadonlySet<string> = new Set(['4', '5']);

/** From `domjobinfo --completed --rawstats`, on either side; `undefined`: the last job was no transfer that arrived. */
export function finalFigures(statistics: Statistics): FinalFigures | undefined {
  const isTransfer = MIGRATIONS.has(statistics.get('operation') ?? '');
  if (!isTransfer || statistics.get('Job type') !== COMPLETED) return undefined;
  return {
    downtime: countOf(statistics, 'downtime'),
    memoryTotalBytes: countOf(statistics, 'memory_total'),
    memoryProcessedBytes: countOf(statistics, 'memory_processed'),
    diskTotalBytes: countOf(statistics, 'disk_total'),
    diskProcessedBytes: countOf(statistics, 'disk_processed'),
  };
}

/** The progress of a transfer that arrived: nothing of it is left, also where libvirt has lost its figures. */
export function finalProgress(figures: FinalFigures | undefined): ObservedMigration['progress'] {
  const { memoryTotalBytes, memoryProcessedBytes, diskTotalBytes, diskProcessedBytes } = figures ?? {};
  return {
    percent: 100,
    memoryTotalBytes,
    memoryProcessedBytes,
    memoryRemainingBytes: 0,
    diskTotalBytes,
    diskProcessedBytes,
    diskRemainingBytes: 0,
  };
}

const count = z.coerce.number().optional();

/** As they are read from `<metadata>`. */
export const FiguresElement = z
  .object({
    '@downtime': count,
    '@memoryTotal': count,
    '@memoryProcessed': count,
    '@diskTotal': count,
    '@diskProcessed': count,
  })
  .transform((element): FinalFigures => ({
    downtime: element['@downtime'],
    memoryTotalBytes: element['@memoryTotal'],
    memoryProcessedBytes: element['@memoryProcessed'],
    diskTotalBytes: element['@diskTotal'],
    diskProcessedBytes: element['@diskProcessed'],
  }));

export function figuresElement(figures: FinalFigures): Element {
  return {
    '@downtime': figures.downtime,
    '@memoryTotal': figures.memoryTotalBytes,
    '@memoryProcessed': figures.memoryProcessedBytes,
    '@diskTotal': figures.diskTotalBytes,
    '@diskProcessed': figures.diskProcessedBytes,
  };
}
