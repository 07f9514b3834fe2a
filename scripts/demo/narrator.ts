import type { Instance } from '../../src/api/instance.ts';
import type { LiveMigration } from '../../src/api/live-migration.ts';
import type { Observer } from '../../test/support/observer.ts';
import { Timeline } from './timeline.ts';

/** The timeline, with what the watches bring woven in as it comes. */
export class Narrator extends Timeline {
  /** Tells each new state of the Instance from the event `from` on, until the returned function is called. */
  followInstances(observer: Observer, from: number): () => void {
    let told = from;
    let state = observer.instances[from - 1]?.object.status?.state;
    return observer.onEvent(() => {
      for (const { object } of observer.instances.slice(told)) {
        const next = object.status?.state;
        if (next !== state) this.seen(describeState(object));
        state = next;
      }
      told = observer.instances.length;
    });
  }

  /** Tells each new phase of the LiveMigrations, until the returned function is called. */
  followMigrations(observer: Observer): () => void {
    let told = observer.migrations.length;
    let last = '';
    return observer.onEvent(() => {
      for (const { object } of observer.migrations.slice(told)) {
        const line = describeMigration(object);
        if (line !== last) this.seen(line);
        last = line;
      }
      told = observer.migrations.length;
    });
  }
}

function describeState({ metadata, status }: Instance): string {
  const place = status?.node === undefined ? '' : ` on ${status.node}`;
  return `Instance ${metadata.name} is ${status?.state ?? 'seen'}${place}`;
}

function describeMigration({ metadata, status }: LiveMigration): string {
  const { phase, source, destination, progress } = status ?? {};
  const percent = progress?.percent === undefined ? '' : `, ${progress.percent} %`;
  const route =
    source === undefined
      ? ''
      : `: ${source.node} → ${destination?.node ?? 'a node of the scheduler’s choice'}`;
  return `LiveMigration ${metadata.name} is ${phase ?? 'Queued'}${route}${percent}`;
}

/** What is known of a migration's progress: bytes where the driver has them, else the time. */
export function describeProgress(migration: LiveMigration | undefined): string {
  const { startTime, completionTime, transferMilliseconds, progress } = migration?.status ?? {};
  const bytes =
    progress?.memoryProcessedBytes === undefined ? '' : `, ${progress.memoryProcessedBytes} bytes of memory`;
  return `the transfer took ${transferMilliseconds ?? '?'} ms (${startTime ?? '?'} to ${completionTime ?? '?'})${bytes}`;
}
