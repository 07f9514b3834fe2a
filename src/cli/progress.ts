import { durationText } from './duration-text.ts';
import type { MigrationObject, Progress } from './objects.ts';

/** What is remembered between two looks at a migration: figures of which a speed is made. */
export interface Sample {
  readonly at: number;
  readonly processed: number;
  /** Bytes per second; absent until two looks have shown one. */
  readonly speed: number | undefined;
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** `1.5 GiB`. */
function bytesText(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)));
  const amount = bytes / 1024 ** power;
  return `${power === 0 ? amount : amount.toFixed(1)} ${UNITS[power] ?? ''}`;
}

function sum(...parts: readonly (number | undefined)[]): number | undefined {
  const known = parts.filter((part) => part !== undefined);
  return known.length === 0 ? undefined : known.reduce((total, part) => total + part, 0);
}

const processedBytes = (progress: Progress) =>
  sum(progress.memoryProcessedBytes, progress.diskProcessedBytes);
const remainingBytes = (progress: Progress) =>
  sum(progress.memoryRemainingBytes, progress.diskRemainingBytes);
const totalBytes = (progress: Progress) => sum(progress.memoryTotalBytes, progress.diskTotalBytes);

/** The sample after another look. Pure. */
export function sampled(before: Sample | undefined, progress: Progress | undefined): Sample | undefined {
  const processed = progress && processedBytes(progress);
  if (progress === undefined || processed === undefined) return before;
  const at = Date.parse(progress.observedTime);
  if (before === undefined || before.processed > processed) return { at, processed, speed: undefined };
  if (at <= before.at) return before;
  return { at, processed, speed: ((processed - before.processed) / (at - before.at)) * 1_000 };
}

const BAR = 20;

function bar(percent: number): string {
  const full = Math.round((percent / 100) * BAR);
  return `[${'#'.repeat(full)}${'-'.repeat(BAR - full)}] ${percent}%`;
}

/**
 * One line on how far a migration is, for people who look. Bytes, speed and expected end only where the driver says
 * them, else the phase and how long it takes. Pure.
 */
export function progressLine(migration: MigrationObject, sample: Sample | undefined, now: number): string {
  const { metadata, status } = migration;
  const { phase = 'Queued', progress, startTime } = status;
  const since = startTime ?? metadata.creationTimestamp;
  const figures = progress === undefined ? [] : figuresOf(progress, sample);
  const words = [
    `${metadata.name} ${phase}${route(migration)}`,
    ...figures,
    durationText(now - Date.parse(since)),
    ...(phase === 'Queued' ? waitsFor(migration) : []),
  ];
  return words.join('  ');
}

/** ` from node-a to node-b`, as far as it is known. */
function route({ status: { source, destination } }: MigrationObject): string {
  return `${source === undefined ? '' : ` from ${source.node}`}${destination === undefined ? '' : ` to ${destination.node}`}`;
}

function waitsFor({ status }: MigrationObject): string[] {
  const message = status.conditions.find(({ type }) => type === 'Reconciling')?.message ?? '';
  return message === '' ? [] : [message];
}

function figuresOf(progress: Progress, sample: Sample | undefined): string[] {
  const { percent } = progress;
  const [processed, total, remaining] = [
    processedBytes(progress),
    totalBytes(progress),
    remainingBytes(progress),
  ];
  const speed = sample?.speed;
  return [
    ...(percent === undefined ? [] : [bar(percent)]),
    ...(processed === undefined ? [] : [amountText(processed, total)]),
    ...(speed === undefined ? [] : [`${bytesText(speed)}/s`]),
    ...(speed === undefined || speed === 0 || remaining === undefined
      ? []
      : [`${durationText((remaining / speed) * 1_000)} left`]),
  ];
}

function amountText(processed: number, total: number | undefined): string {
  return total === undefined ? bytesText(processed) : `${bytesText(processed)} of ${bytesText(total)}`;
}
