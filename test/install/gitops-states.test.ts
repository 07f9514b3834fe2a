import { expect, it } from '@jest/globals';
import { HEALTH_EXPRESSIONS, lua } from '../../scripts/generate/gitops.ts';
import type { Instance, InstanceState } from '../../src/api/instance.ts';
import type { LiveMigration, MigrationPhase } from '../../src/api/live-migration.ts';
import { decideInstance } from '../../src/domain/instance/decide.ts';
import { nextInstanceStatus } from '../../src/domain/instance/status.ts';
import { decideMigration } from '../../src/domain/live-migration/decide.ts';
import { nextMigrationStatus } from '../../src/domain/live-migration/status.ts';
import { NOW } from '../builders/observation.ts';
import { describeWhereThereIs } from '../support/describe-where-there-is.ts';
import { ALL_TABLES } from '../unit/domain/instance/all-cases.ts';
import { observe } from '../unit/domain/instance/situation.ts';
import { STATE_ROWS } from '../unit/domain/instance/state-cases.ts';
import { PAGE_CASES } from '../unit/domain/live-migration/page-cases.ts';
import { agreed, judge, missingForGitOps } from './gitops-clients.ts';

/** What is being deleted is told by a mark that the tools look for themselves. */
const SITUATIONS = [...Object.values(ALL_TABLES).flat(), ...STATE_ROWS]
  .map((row) => observe(row))
  .filter(({ instance }) => instance.metadata.deletionTimestamp === undefined);

/** Every situation that the tables of the domain know of, with the status that it leads to. */
const INSTANCES: readonly Instance[] = SITUATIONS.map((observation) => {
  const status = nextInstanceStatus(observation, decideInstance(observation, NOW), { now: NOW });
  return { ...observation.instance, status };
});
const MIGRATIONS: readonly LiveMigration[] = Object.values(PAGE_CASES)
  .flatMap((cases) => Object.values(cases))
  .flatMap(({ observation, outcome, now }) => {
    const status = nextMigrationStatus(observation, decideMigration(observation, now), outcome, now);
    return status === undefined ? [] : [{ ...observation.migration, status }];
  });

type Offered = Readonly<Record<string, { readonly disabled: boolean }>>;

interface Told {
  /** State or phase. */
  readonly name: string;
  readonly verdict: string;
  readonly offered: readonly string[];
}

async function tell(
  kind: string,
  folder: string,
  objects: readonly (Instance | LiveMigration)[],
): Promise<Told[]> {
  const asked = objects.map((object) => ({ ...object, kind }));
  const [healths, actions] = await Promise.all([
    judge({ flux: { [kind]: HEALTH_EXPRESSIONS }, lua: { [kind]: lua('health') }, objects: asked }),
    judge({ lua: { [kind]: lua(folder, 'discovery') }, objects: asked }),
  ]);
  return objects.map(({ status }, index) => {
    const offered = (actions[index]?.lua ?? {}) as Offered;
    const health = healths[index];
    return {
      name: nameOf(status),
      verdict: health === undefined ? '' : agreed(health),
      offered: Object.keys(offered).filter((action) => offered[action]?.disabled === false),
    };
  });
}

function nameOf(status: (Instance | LiveMigration)['status']): string {
  if (status === undefined) return '';
  return ('state' in status ? status.state : 'phase' in status ? status.phase : undefined) ?? '';
}

const unique = (words: readonly string[]) => [...new Set(words)].toSorted();

/** What is seen of a state: where several verdicts are, its reason decides. */
interface Seen {
  readonly verdicts: readonly string[];
  readonly offered: readonly string[];
}

const OF_INSTANCES: Readonly<Record<InstanceState, Seen>> = {
  Pending: { verdicts: ['Failed', 'InProgress'], offered: ['rescue'] },
  Starting: { verdicts: ['InProgress'], offered: ['rescue', 'unrescue'] },
  Running: { verdicts: ['Current', 'InProgress'], offered: ['migrate', 'rescue', 'unrescue'] },
  Paused: { verdicts: ['Current'], offered: ['rescue'] },
  Stopping: { verdicts: ['InProgress'], offered: ['rescue', 'unrescue'] },
  Stopped: { verdicts: ['Current', 'Failed', 'InProgress'], offered: ['rescue', 'unrescue'] },
  Rescuing: { verdicts: ['InProgress'], offered: ['unrescue'] },
  Rescued: { verdicts: ['Current', 'InProgress'], offered: ['migrate', 'rescue', 'unrescue'] },
  Unrescuing: { verdicts: ['InProgress'], offered: ['rescue', 'unrescue'] },
  Failed: { verdicts: ['InProgress'], offered: ['rescue'] },
  Unknown: { verdicts: ['InProgress'], offered: ['rescue', 'unrescue'] },
};
const UNDER_WAY: Seen = { verdicts: ['InProgress'], offered: ['abort'] };
const OF_MIGRATIONS: Readonly<Record<MigrationPhase, Seen>> = {
  Queued: UNDER_WAY,
  Preparing: UNDER_WAY,
  Running: UNDER_WAY,
  PostCopy: UNDER_WAY,
  Completing: UNDER_WAY,
  Succeeded: { verdicts: ['Current'], offered: [] },
  Failed: { verdicts: ['Failed'], offered: [] },
  Aborted: { verdicts: ['Current'], offered: [] },
};

const ROWS = [
  { kind: 'Instance', folder: 'instance', objects: INSTANCES, want: OF_INSTANCES },
  { kind: 'LiveMigration', folder: 'live-migration', objects: MIGRATIONS, want: OF_MIGRATIONS },
] as const;

describeWhereThereIs('clients of GitOps tools', missingForGitOps(), 'what GitOps tools make of', () => {
  it.each(ROWS)(
    'each $kind in every state: all tools the same',
    async ({ kind, folder, objects, want }) => {
      const told = await tell(kind, folder, objects);
      const seen = Object.keys(want).map((name): [string, Seen] => {
        const ofThem = told.filter((one) => one.name === name);
        const offered = unique(ofThem.flatMap((one) => one.offered));
        return [name, { verdicts: unique(ofThem.map(({ verdict }) => verdict)), offered }];
      });
      expect(Object.fromEntries(seen)).toEqual(want);
    },
    60_000,
  );
});
