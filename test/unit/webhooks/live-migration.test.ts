import { describe, expect, it } from '@jest/globals';
import type { ApiVersion } from '../../../src/api/names.ts';
import { judgeLiveMigration } from '../../../src/webhooks/live-migration.ts';
import { withFields } from '../../builders/fields.ts';
import { aLiveMigration, type LiveMigrationOptions } from '../../builders/live-migration.ts';
import { aNode } from '../../builders/nodes.ts';
import { anOperation, aStatus, aStoredInstance, aStoredMigration } from '../../builders/observation.ts';
import { aForeignMigration, anObservedVm, aRescueSpec } from '../../builders/vm.ts';
import { aWorld, type WorldOptions } from '../../builders/world.ts';
import { aRequest, submitted } from './reviews.ts';

const running = aStoredInstance({ status: aStatus() });
const rescued = aStoredInstance({ spec: aRescueSpec(), status: aStatus({ state: 'Rescued' }) });
const runningVm = { vm: anObservedVm() };
const rescuedVm = { vm: anObservedVm({ spec: aRescueSpec() }) };

function answerTo(world: WorldOptions, spec: LiveMigrationOptions['spec'] = {}, version?: ApiVersion) {
  const object = submitted(aLiveMigration({ spec }));
  const request = { object, resource: 'livemigrations', ...(version && { version }) } as const;
  return judgeLiveMigration(aWorld(world))(aRequest(request));
}

const admitted = { kind: 'Admitted', warnings: [] };

describe('a LiveMigration that is created', () => {
  const queued = aStoredMigration({ metadata: { name: 'first', uid: 'uid-first' } });
  const table: {
    name: string;
    world: WorldOptions;
    spec?: LiveMigrationOptions['spec'];
    version?: ApiVersion;
    want: object;
  }[] = [
    { name: 'of a running Instance', world: { instances: [running], driver: runningVm }, want: admitted },
    { name: 'of a rescued Instance', world: { instances: [rescued], driver: rescuedVm }, want: admitted },
    {
      name: 'of a rescued Instance, through the old version',
      world: { instances: [rescued], driver: rescuedVm },
      version: 'v1alpha1',
      want: { kind: 'Refused', code: 409, reason: 'RescuedNotSupported' },
    },
    {
      name: 'of a running Instance, through the old version',
      world: { instances: [running], driver: runningVm },
      version: 'v1alpha1',
      want: admitted,
    },
    {
      name: 'of an Instance whose VM somebody else moves',
      world: {
        instances: [running],
        driver: { vm: anObservedVm({ migrations: [aForeignMigration({ phase: 'Running' })] }) },
      },
      want: {
        kind: 'Refused',
        code: 409,
        reason: 'MigrationInProgress',
        message:
          'Instance default/web-1 is being migrated already by VirtualMachineInstanceMigration kubevirt-migrate-vm-x7k2p ' +
          '(phase Running). Wait until it is over, or delete it, then create this one again.',
      },
    },
    {
      name: 'of an Instance that nobody has seen',
      world: {},
      want: {
        kind: 'Admitted',
        warnings: ['Instance default/web-1 is not there yet; the LiveMigration waits for it.'],
      },
    },
    {
      name: 'of an Instance without a first status',
      world: { instances: [aStoredInstance()] },
      want: { kind: 'Admitted', warnings: [expect.stringContaining('is not there yet')] },
    },
    {
      name: 'of an Instance whose VM is not made yet',
      world: { instances: [aStoredInstance({ status: aStatus({ state: 'Pending' }) })] },
      want: admitted,
    },
    {
      name: 'of an Instance that is being started',
      world: {
        instances: [aStoredInstance({ status: aStatus({ operation: anOperation('Start') }) })],
        driver: runningVm,
      },
      want: admitted,
    },
    {
      name: 'of an Instance that is stopped',
      world: {
        instances: [aStoredInstance({ status: aStatus() })],
        driver: { vm: anObservedVm({ power: 'Off', running: undefined }) },
      },
      want: { kind: 'Refused', code: 409, reason: 'InstanceState' },
    },
    {
      name: 'from a node that cannot send rescued VMs',
      world: {
        instances: [rescued],
        driver: rescuedVm,
        nodes: [aNode('node-a', { capable: 'Destination' }), aNode('node-b')],
      },
      want: { kind: 'Refused', code: 400, reason: 'SourceNotCapable' },
    },
    {
      name: 'while another one waits that does not hold the lock yet',
      world: { instances: [running], driver: runningVm, migrations: [queued] },
      want: { kind: 'Refused', code: 409, message: expect.stringContaining('first (phase Queued)') },
    },
    {
      name: 'while another one runs',
      world: {
        instances: [running],
        driver: runningVm,
        migrations: [{ ...queued, status: { observedGeneration: 1, phase: 'Running' } }],
      },
      want: { kind: 'Refused', code: 409, message: expect.stringContaining('first (phase Running)') },
    },
    {
      name: 'after another one that is over',
      world: {
        instances: [running],
        driver: runningVm,
        migrations: [{ ...queued, status: { observedGeneration: 1, phase: 'Failed' } }],
      },
      want: admitted,
    },
    {
      name: 'while one of another Instance runs',
      world: {
        instances: [running],
        driver: runningVm,
        migrations: [aStoredMigration({ spec: { instanceName: 'web-2' } })],
      },
      want: admitted,
    },
    {
      name: 'while the lock is held for one that was deleted',
      world: {
        instances: [
          aStoredInstance({
            status: aStatus({
              operation: anOperation('Migrate'),
              migration: { name: 'gone', source: 'node-a' },
            }),
          }),
        ],
        driver: runningVm,
      },
      want: { kind: 'Refused', code: 409, message: expect.stringContaining('LiveMigration gone') },
    },
    {
      name: 'with a policy that the driver cannot honour',
      world: { instances: [running], driver: runningVm },
      spec: { policy: { postCopy: true } },
      want: { kind: 'Refused', code: 400, reason: 'FieldUnsupported' },
    },
    {
      name: 'to the node that it runs on',
      world: { instances: [running], driver: runningVm },
      spec: { destination: { nodeName: 'node-a' } },
      want: { kind: 'Refused', code: 400, reason: 'DestinationIsSource' },
    },
  ];

  it.each(table)('$name: $want.kind $want.code', ({ world, spec, version, want }) => {
    expect(answerTo(world, spec, version)).toMatchObject(want);
  });

  it('is judged by the version that was asked for, whatever the webhook is registered for', () => {
    const request = aRequest({ object: submitted(aLiveMigration()), version: 'v1alpha1' });
    const converted = { ...request, resource: { ...request.resource, version: 'v1beta1' } };
    const world = aWorld({ instances: [rescued], driver: rescuedVm });
    expect(judgeLiveMigration(world)(converted)).toMatchObject({ code: 409 });
  });
});

describe('a LiveMigration that is changed', () => {
  const table: {
    name: string;
    spec: NonNullable<LiveMigrationOptions['spec']>;
    can: boolean;
    want: object;
  }[] = [
    {
      name: 'is forced to its end by a driver that cannot',
      spec: { forceComplete: true },
      can: false,
      want: {
        kind: 'Refused',
        code: 400,
        message:
          'Driver kubevirt of Instance default/web-1 cannot honour spec.forceComplete. ' +
          'Let LiveMigration web-1-away go on, or abort it.',
      },
    },
    {
      name: 'is forced to its end by a driver that can',
      spec: { forceComplete: true },
      can: true,
      want: admitted,
    },
    { name: 'is aborted', spec: { abort: true }, can: false, want: admitted },
    { name: 'is aborted and forced', spec: { abort: true, forceComplete: true }, can: false, want: admitted },
  ];
  const world = (can: boolean) =>
    aWorld({ instances: [running], driver: { ...runningVm, capabilities: { forceComplete: can } } });

  it.each(table)('$name: $want.kind', ({ spec, can, want }) => {
    const object = submitted(aLiveMigration({ spec }));
    const request = aRequest({ object, oldObject: submitted(aLiveMigration()) });
    expect(judgeLiveMigration(world(can))(request)).toMatchObject(want);
  });

  it('is not held against the gate a second time', () => {
    const world = aWorld({ instances: [running], nodes: [aNode('node-a', { capable: 'Neither' })] });
    const object = submitted(aLiveMigration({ spec: { abort: true } }));
    const request = aRequest({ object, oldObject: submitted(aLiveMigration()) });
    expect(judgeLiveMigration(world)(request)).toEqual(admitted);
  });

  it('is let in where its Instance is not there to ask', () => {
    const object = submitted(aLiveMigration({ spec: { forceComplete: true } }));
    const request = aRequest({ object, oldObject: submitted(aLiveMigration()) });
    expect(judgeLiveMigration(aWorld())(request)).toEqual(admitted);
  });
});

describe('a LiveMigration that cannot be read', () => {
  it('is refused with the place of the first mistake', () => {
    const object = withFields(submitted(aLiveMigration()), { 'spec.instanceName': 'Web_1' });
    expect(judgeLiveMigration(aWorld())(aRequest({ object }))).toEqual({
      kind: 'Refused',
      code: 400,
      message: expect.stringMatching(/^LiveMigration\.spec\.instanceName: .+\. Correct it and try again\.$/),
    });
  });

  it.each(['DELETE', 'CONNECT'] as const)('is nobody’s business on %s', (operation) => {
    expect(judgeLiveMigration(aWorld())(aRequest({ operation, object: null }))).toEqual(admitted);
  });
});
