import { describe, expect, it } from '@jest/globals';
import { DESTINATION_LABEL, MIGRATION_UID_LABEL } from '../../../src/api/names.ts';
import { judgeKubeVirtMigration } from '../../../src/webhooks/kubevirt-migration.ts';
import { reviewOf } from '../../../src/webhooks/review.ts';
import { aNode } from '../../builders/nodes.ts';
import {
  anOperation,
  aStatus,
  aStoredInstance,
  aStoredMigration,
  MIGRATION_UID,
} from '../../builders/observation.ts';
import { anObservedVm, aRescueSpec } from '../../builders/vm.ts';
import { aWorld, type WorldOptions } from '../../builders/world.ts';
import { aRequest } from './reviews.ts';

const RESCUED: WorldOptions = {
  instances: [aStoredInstance({ spec: aRescueSpec(), status: aStatus({ state: 'Rescued' }) })],
  driver: { vm: anObservedVm({ spec: aRescueSpec() }) },
};
const MIGRATING: WorldOptions = {
  ...RESCUED,
  instances: [
    aStoredInstance({ spec: aRescueSpec(), status: aStatus({ operation: anOperation('Migrate') }) }),
  ],
  migrations: [aStoredMigration({ status: { observedGeneration: 1, phase: 'Running' } })],
};
const ADMITTED = { kind: 'Admitted', warnings: [] };

function answerTo(world: WorldOptions, { spec = {}, labels = {} } = {}, operation?: 'UPDATE') {
  const object = {
    metadata: { name: 'away', namespace: 'default', labels },
    spec: { vmiName: 'web-1', ...spec },
  };
  return judgeKubeVirtMigration(aWorld(world))(aRequest({ object, ...(operation && { operation }) }));
}

describe('a VirtualMachineInstanceMigration that is created', () => {
  it.each([
    { name: 'of a VM that no Instance has', world: {} },
    {
      name: 'for the LiveMigration that holds the Instance',
      world: MIGRATING,
      labels: { [MIGRATION_UID_LABEL]: MIGRATION_UID },
    },
  ])('is let through: $name', ({ world, labels = {} }) => {
    expect(answerTo(world, { labels })).toEqual(ADMITTED);
  });

  it('is let through where it can not be read: KubeVirt says what is wrong', () => {
    expect(answerTo(RESCUED, { spec: { vmiName: 7 } })).toEqual(ADMITTED);
    expect(judgeKubeVirtMigration(aWorld(RESCUED))(aRequest({ object: {} }))).toEqual(ADMITTED);
  });

  it('of a rescued Instance gets the label, and keeps what it has', () => {
    expect(
      answerTo(RESCUED, { spec: { addedNodeSelector: { zone: 'a', [DESTINATION_LABEL]: 'no' } } }),
    ).toMatchObject({
      kind: 'Refused',
    });
    const nodes = [aNode('node-a'), aNode('node-b', { labels: { zone: 'a' } })];
    expect(
      answerTo(
        { ...RESCUED, nodes },
        { spec: { addedNodeSelector: { zone: 'a', [DESTINATION_LABEL]: 'no' } } },
      ),
    ).toEqual({
      kind: 'Changed',
      patch: [
        { op: 'add', path: '/spec/addedNodeSelector', value: { zone: 'a', [DESTINATION_LABEL]: 'true' } },
      ],
    });
  });

  it('of a rescued Instance is refused on a node that can not send', () => {
    const nodes = [aNode('node-a', { capable: 'Destination' }), aNode('node-b')];
    expect(answerTo({ ...RESCUED, nodes })).toMatchObject({
      kind: 'Refused',
      code: 400,
      reason: 'SourceNotCapable',
    });
  });

  it('is refused while a LiveMigration holds the Instance, also with a label that looks like ours', () => {
    const labels = { [MIGRATION_UID_LABEL]: 'another' };
    expect(answerTo(MIGRATING, { labels })).toMatchObject({
      kind: 'Refused',
      code: 409,
      reason: 'MigrationInProgress',
    });
  });

  it('is not judged when it is changed', () => {
    const nodes = [aNode('node-a', { capable: 'Neither' })];
    expect(answerTo({ ...RESCUED, nodes }, {}, 'UPDATE')).toEqual(ADMITTED);
  });
});

describe('a change', () => {
  it('goes back as a JSON patch', () => {
    const patch = [{ op: 'add', path: '/spec/addedNodeSelector', value: { a: 'b' } }] as const;
    const { response } = reviewOf('uid-1', { kind: 'Changed', patch });
    expect(response).toEqual({
      uid: 'uid-1',
      allowed: true,
      patchType: 'JSONPatch',
      patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
    });
  });
});
