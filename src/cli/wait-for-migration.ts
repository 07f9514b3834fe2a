import { LIVE_MIGRATIONS } from '../api/resources.ts';
import type { KubeObject } from '../kube/resource.ts';
import { endOfMigration, type MigrationGoal } from './ends.ts';
import { MigrationObject } from './objects.ts';
import { progressLine, sampled, type Sample } from './progress.ts';
import { shortName } from './read.ts';
import type { Session } from './session.ts';
import { waitForEnd } from './wait.ts';

/** Follows a LiveMigration to its end; resolves with the exit code. */
export function waitForMigration(
  session: Session,
  asked: { readonly first: KubeObject; readonly goal: MigrationGoal; readonly timeoutMs: number },
): Promise<number> {
  const { first, goal, timeoutMs } = asked;
  const { name } = first.metadata;
  let last: MigrationObject | undefined;
  let sample: Sample | undefined;
  return waitForEnd(session, {
    resource: LIVE_MIGRATIONS,
    first,
    timeoutMs,
    end: (object) => {
      last = object && MigrationObject.parse(object);
      sample = sampled(sample, last?.status.progress);
      const end = endOfMigration(last, goal);
      const text =
        end.kind === 'Unfinished' ? `${name} ${end.text}` : `${shortName('livemigration', name)} ${end.text}`;
      return { ...end, text };
    },
    line: ({ text }, now) => (last === undefined ? text : progressLine(last, sample, now)),
    goesOn: `The migration goes on; kubectl medevac abort ${name} ends it.`,
  });
}
