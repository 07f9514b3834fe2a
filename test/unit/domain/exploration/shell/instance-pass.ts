import type { InstanceStatus } from '../../../../../src/api/instance.ts';
import type { InstanceDecision } from '../../../../../src/domain/instance/decide.ts';
import type { InstanceObservation } from '../../../../../src/domain/instance/observation.ts';
import { NOTHING_DONE, type Outcome } from '../../../../../src/domain/outcome.ts';
import { lagging, seen } from '../world/stale.ts';
import { isUnsettled } from '../world/unanswered.ts';
import { chance, type Order, type Step } from '../world/step.ts';
import { idOf, instantAt, timeless } from '../world/numbering.ts';
import { isActive, lockOf, migrationWith, type World } from '../world/world.ts';
import type { Brain } from './brain.ts';
import { observeInstance, rivalsOf } from './observe.ts';
import { passes } from './pass.ts';

/** What the Instance controller makes of what it sees. */
interface Thought {
  readonly order: Order | undefined;
  readonly statusAfter: (outcome: Outcome) => InstanceStatus;
}

/** By what is seen: a process explores one brain only. */
const thoughts = new Map<string, Thought>();

/** One pass of the Instance controller: as src/controllers/instance/reconcile.ts, and its crashes. */
export function instancePasses(world: World, brain: Brain): Step[] {
  if (isUnsettled(world)) return [];
  const view = seen(world);
  // The VM of an Instance that is gone goes by its owner reference.
  if (view.instance === undefined) return [];
  const thought = thoughtOf(view, brain);
  if (thought === undefined) return [];
  return passes('Instance', world, {
    order: thought.order,
    brain,
    report: (after, outcome) => withStatus(after, world, { status: thought.statusAfter(outcome), brain }),
  });
}

function thoughtOf(view: World, brain: Brain): Thought | undefined {
  const key = seenByInstance(view);
  const thought = thoughts.get(key) ?? think(view, brain);
  if (thought !== undefined) thoughts.set(key, thought);
  return thought;
}

/** Everything that `observeInstance` looks at: many worlds are the same to the Instance controller. */
function seenByInstance(view: World): string {
  const lock = lockOf(view);
  const uid = lock?.type === 'Migrate' ? lock.uid : undefined;
  const { instance, vm, ordered, guest, migration, foreign, incapable, lost, clock, stale } = view;
  const held = isActive(migration) || migration?.uid === uid ? migration : undefined;
  const backend = [vm, ordered, guest, held, foreign, stale.guest !== undefined];
  const exists = migrationWith(uid, view) !== undefined;
  return [instance, ...backend, exists, incapable, lost, clock, rivalsOf(view)].map(idOf).join(',');
}

function think(view: World, brain: Brain): Thought | undefined {
  const observation = observeInstance(view);
  if (observation === undefined) return undefined;
  const now = instantAt(view.clock);
  const decision = brain.decideInstance(observation, now);
  const statuses = new Map<string, InstanceStatus>();
  return {
    order: orderOf(decision, observation),
    statusAfter(outcome) {
      const text = JSON.stringify(outcome);
      const status =
        statuses.get(text) ?? timeless(brain.nextInstanceStatus(observation, decision, { outcome, now }));
      statuses.set(text, status);
      return status;
    },
  };
}

function orderOf(
  { action, target }: InstanceDecision,
  { instance, vm }: InstanceObservation,
): Order | undefined {
  const { deletionPolicy: policy } = instance.spec;
  const { uid: owner } = instance.metadata;
  switch (action.kind) {
    case 'None':
      return undefined;
    case 'Define':
      return {
        kind: 'Define',
        boot: target.vm.boot,
        identity: target.vm.identity.firmwareUUID,
        power: target.power,
        vmUid: vm?.uid === '' ? undefined : vm?.uid,
        owner,
        policy,
      };
    case 'Restart':
      return { kind: 'Restart', bootId: action.bootId };
    case 'Claim':
      return { kind: 'Claim', vmUid: action.vmUid, owner, policy };
    case 'AbortMigration':
      return { kind: 'Abort', uid: action.migrationUid };
    // The driver of this world places VMs itself, and they go with their Instances.
    case 'Hold':
    case 'Lift':
    case 'Remove':
      throw new Error(`no driver of this world asks for ${action.kind}`);
  }
}

/**
 * A leader that was replaced: it decides nothing any more (`mayAct`), but a write of what it made of the Instance as it was
 * when it was replaced may arrive late.
 */
export function formerLeaderPasses(world: World, brain: Brain): Step[] {
  const { former, instance } = world;
  if (former === undefined || instance === undefined) return [];
  const status = thoughtOf({ ...world, instance: former }, brain)?.statusAfter(NOTHING_DONE);
  const overtaken = idOf(former) !== idOf(instance);
  if (status === undefined || status === former.status || (overtaken && brain.shell.testsVersion)) return [];
  const written = { ...instance, status };
  return [chance('a former leader writes its status', { ...world, instance: written, former: written })];
}

/** The status is written where the Instance is still as it was read. */
export function withStatus(
  after: World,
  before: World,
  { status, brain }: { readonly status: InstanceStatus; readonly brain: Brain },
): World {
  const { instance } = after;
  if (instance === undefined || seen(before).instance?.status === status) return after;
  const overtaken = lagging(before).includes('instance');
  return overtaken && brain.shell.testsVersion ? after : { ...after, instance: { ...instance, status } };
}
