import { describe, expect, it } from '@jest/globals';
import type { Instance } from '../../../../src/api/instance.ts';
import { decideInstance } from '../../../../src/domain/instance/decide.ts';
import { nodeLossOf } from '../../../../src/domain/instance/node-loss.ts';
import type { InstanceObservation } from '../../../../src/domain/instance/observation.ts';
import { stateOf } from '../../../../src/domain/instance/state.ts';
import { nextInstanceStatus } from '../../../../src/domain/instance/status.ts';
import { preflight } from '../../../../src/domain/live-migration/preflight.ts';
import { aNode, type NodeOptions } from '../../../builders/nodes.ts';
import {
  aMigrationObservation,
  anInstanceObservation,
  anObservedMigration,
  anOperation,
  aStatus,
  aStoredInstance,
  MIGRATION_UID,
  NOW,
} from '../../../builders/observation.ts';
import { anObservedVm, aRescueSpec, type SpecFields } from '../../../builders/vm.ts';

const LOST: NodeOptions = { reachable: false };
const FENCED: NodeOptions = { reachable: false, fenced: true };

interface Scene {
  /** Options of the node, or that there is no Node object. */
  readonly node?: NodeOptions | 'Deleted';
  readonly spec?: SpecFields;
  readonly operation?: Parameters<typeof anOperation>[0];
  readonly vm?: InstanceObservation['vm'];
  readonly migration?: InstanceObservation['migration'];
}

function observe({
  node = {},
  spec = {},
  operation,
  vm = anObservedVm(),
  migration,
}: Scene): InstanceObservation {
  const lock = operation && { operation: anOperation(operation) };
  const instance: Instance = aStoredInstance({ spec, status: aStatus({ node: 'node-a', ...lock }) });
  const seen = node === 'Deleted' ? undefined : aNode('node-a', node);
  return anInstanceObservation({ instance, vm, node: seen, migration });
}

const RESCUED_VM = anObservedVm({ spec: aRescueSpec() });
const ENDED = anObservedVm({ running: { phase: 'Ended' } });

describe('a VM whose node', () => {
  it.each<Scene & { name: string; want: ReturnType<typeof nodeLossOf> }>([
    { name: 'is as it should be is not lost', want: undefined },
    { name: 'is not Ready, and says so itself, is not lost', node: { ready: false }, want: undefined },
    { name: 'is cordoned is not lost', node: { cordoned: true }, want: undefined },
    { name: 'is not heard of is lost', node: LOST, want: { node: 'node-a', fenced: false } },
    { name: 'is out of service is lost for good', node: FENCED, want: { node: 'node-a', fenced: true } },
    {
      name: 'is out of service and still says that it is Ready is lost for good: an admin knows better',
      node: { fenced: true },
      want: { node: 'node-a', fenced: true },
    },
    { name: 'is deleted is lost for good', node: 'Deleted', want: { node: 'node-a', fenced: true } },
    {
      name: 'is not heard of, but whose guest has ended, is not lost',
      node: LOST,
      vm: ENDED,
      want: undefined,
    },
  ])('$name', ({ want, ...scene }) => {
    expect(nodeLossOf(observe(scene))).toEqual(want);
  });

  it('does not matter where the VM is somebody else’s', () => {
    const vm = anObservedVm({ instanceUid: 'another' });
    expect(nodeLossOf(observe({ node: LOST, vm }))).toBeUndefined();
  });
});

const WAITING: (Scene & { name: string })[] = [
  { name: 'nothing', spec: {} },
  { name: 'a rescue', spec: aRescueSpec() },
  { name: 'a stop', spec: { powerState: 'Stopped' } },
  { name: 'an unrescue', vm: RESCUED_VM },
  { name: 'a rescue that had begun', spec: aRescueSpec(), operation: 'Rescue' },
  { name: 'an unrescue that had begun', vm: RESCUED_VM, operation: 'Unrescue' },
  { name: 'a stop that had begun', spec: { powerState: 'Stopped' }, operation: 'Stop' },
];

describe('while the node of the VM is not heard of', () => {
  it.each(WAITING)('no order is given, the lock stays as it is, and the state is Unknown: $name', (scene) => {
    const observation = observe({ ...scene, node: LOST });
    const decision = decideInstance(observation, NOW);

    expect(decision.action).toEqual({ kind: 'None' });
    expect(decision.lock?.type).toBe(scene.operation);
    expect(nextInstanceStatus(observation, decision, { now: NOW })).toMatchObject({
      state: 'Unknown',
      node: 'node-a',
    });
  });

  it('a spec that was changed in between is carried out when it is back', () => {
    const scene = { spec: aRescueSpec() };
    expect(decideInstance(observe({ ...scene, node: LOST }), NOW).lock).toBeUndefined();
    expect(decideInstance(observe(scene), NOW).lock).toMatchObject({ type: 'Rescue' });
    expect(decideInstance(observe({ ...scene, operation: 'Rescue' }), NOW).action).toEqual({
      kind: 'Define',
    });
  });

  it('the conditions say what to do, and that it is worth waiting', () => {
    const observation = observe({ node: LOST });
    const { conditions } = nextInstanceStatus(observation, decideInstance(observation, NOW), { now: NOW });
    const message =
      'Node "node-a" is not heard of: nothing is known of the VM, and nothing is done to it. Bring the node back, or, ' +
      'when it is certain that the node is switched off, delete it or taint it node.kubernetes.io/out-of-service.';

    expect(conditions).toMatchObject([
      { type: 'Reconciling', status: 'True', reason: 'NodeLost', message },
      { type: 'Stalled', status: 'False' },
      { type: 'Rescued', status: 'False' },
      { type: 'Migrating', status: 'False' },
      { type: 'LiveMigratable', status: 'False', reason: 'NodeLost', message },
      { type: 'Evacuating', status: 'False' },
      { type: 'RestartPending', status: 'False' },
      { type: 'Ready', status: 'False', reason: 'NodeLost', message },
    ]);
  });

  it('a rescued VM keeps its condition Rescued: that is how it was booted, and how it comes back', () => {
    const observation = observe({ node: LOST, spec: aRescueSpec(), vm: RESCUED_VM });
    const { conditions } = nextInstanceStatus(observation, decideInstance(observation, NOW), { now: NOW });

    expect(conditions?.find(({ type }) => type === 'Rescued')).toMatchObject({ status: 'True' });
  });

  it('a LiveMigration is refused with 409', () => {
    expect(preflight(aMigrationObservation({ instance: observe({ node: LOST }) }))).toMatchObject({
      code: 409,
      reason: 'InstanceState',
      message:
        'Cannot live-migrate Instance default/web-1 while it is Unknown. Wait until it is Running or Rescued, then create ' +
        'the LiveMigration again.',
    });
  });

  it.each([
    { name: 'its source', node: LOST },
    { name: 'its source for good', node: 'Deleted' as const },
  ])('a migration that loses $name keeps the lock: nothing of ours stops or restarts the VM', ({ node }) => {
    const hold = { uid: MIGRATION_UID, exists: true, observed: anObservedMigration() };
    const observation = observe({ node, spec: aRescueSpec(), operation: 'Migrate', migration: hold });

    expect(decideInstance(observation, NOW)).toMatchObject({
      action: { kind: 'None' },
      lock: { type: 'Migrate' },
    });
  });
});

describe('when the node of the VM is fenced', () => {
  it.each<Scene & { name: string }>([
    { name: 'out of service', node: FENCED },
    { name: 'deleted', node: 'Deleted' },
  ])('the driver boots it elsewhere, and we only follow: $name', (scene) => {
    const observation = observe(scene);
    const decision = decideInstance(observation, NOW);

    expect(decision).toMatchObject({ action: { kind: 'None' }, lock: undefined, stalled: undefined });
    expect(stateOf(observation, undefined)).toBe('Unknown');
    const { conditions } = nextInstanceStatus(observation, decision, { now: NOW });
    expect(conditions?.at(-1)).toMatchObject({
      type: 'Ready',
      status: 'False',
      reason: 'NodeFenced',
      message:
        'Node "node-a" is gone for good. The VM starts on another node as soon as the driver has given it up.',
    });
  });

  it.each(['Rescue', undefined] as const)(
    'what the spec wants is carried out (operation %s)',
    (operation) => {
      const decision = decideInstance(
        observe({ node: FENCED, spec: aRescueSpec(), ...(operation && { operation }) }),
        NOW,
      );
      expect(decision.lock).toMatchObject({ type: 'Rescue' });
      expect(decision.action).toEqual(operation === undefined ? { kind: 'None' } : { kind: 'Define' });
    },
  );
});
