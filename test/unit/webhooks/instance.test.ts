import { describe, expect, it } from '@jest/globals';
import { judgeInstance } from '../../../src/webhooks/instance.ts';
import { withFields } from '../../builders/fields.ts';
import { anInstance, aRescue, type InstanceOptions } from '../../builders/instance.ts';
import {
  anObservedMigration,
  anOperation,
  aStatus,
  aStoredInstance,
  aStoredMigration,
  NOW,
  NOW_MS,
} from '../../builders/observation.ts';
import { aForeignMigration, anObservedVm } from '../../builders/vm.ts';
import { aWorld, type WorldOptions } from '../../builders/world.ts';
import { anExpiredLease } from '../domain/instance/situation.ts';
import { aRequest, submitted } from './reviews.ts';

type Spec = NonNullable<InstanceOptions['spec']>;

const admitted = { kind: 'Admitted', warnings: [] };
const normal: Spec = {};
const rescue: Spec = { rescue: aRescue() };
const runningMigration = aStoredMigration({
  status: { observedGeneration: 1, phase: 'Running', startTime: NOW },
});
const held = aStoredInstance({
  status: aStatus({
    operation: anOperation('Migrate'),
    migration: { name: 'web-1-away', source: 'node-a' },
  }),
});

const SETTINGS = { unrescueDuringMigration: 'Refuse' as const };

function answerTo(world: WorldOptions, { before, after }: { before?: Spec | undefined; after: Spec }) {
  const object = submitted(anInstance({ spec: after }));
  const oldObject = before === undefined ? undefined : submitted(anInstance({ spec: before }));
  return judgeInstance({ ...SETTINGS, world: { ...aWorld(world), now: () => NOW_MS + 42_500 } })(
    aRequest({ object, oldObject }),
  );
}

describe('an Instance that is changed while it migrates', () => {
  const migrating: WorldOptions = { instances: [held], migrations: [runningMigration] };
  const table: { name: string; world: WorldOptions; before: Spec; after: Spec; want: object }[] = [
    {
      name: 'is not unrescued',
      world: migrating,
      before: rescue,
      after: normal,
      want: {
        kind: 'Refused',
        code: 409,
        message:
          'Cannot unrescue Instance default/web-1 while LiveMigration web-1-away is unfinished ' +
          '(phase Running for 42 s). Wait until it is over, or abort it.',
      },
    },
    {
      name: 'is not rescued',
      world: migrating,
      before: normal,
      after: rescue,
      want: { kind: 'Refused', code: 409 },
    },
    {
      name: 'is not stopped',
      world: migrating,
      before: normal,
      after: { powerState: 'Stopped' },
      want: { kind: 'Refused', code: 409 },
    },
    {
      name: 'gets other hardware at its next boot',
      world: migrating,
      before: normal,
      after: { memory: '2Gi' },
      want: admitted,
    },
    {
      name: 'is not unrescued while the migration is queued, which counts from its creation',
      world: { instances: [held], migrations: [aStoredMigration()] },
      before: rescue,
      after: normal,
      want: { code: 409, message: expect.stringContaining('(phase Queued for 1842 s)') },
    },
    {
      name: 'is unrescued when the migration is over, though the lock is not given back yet',
      world: {
        instances: [held],
        migrations: [{ ...runningMigration, status: { observedGeneration: 1, phase: 'Succeeded' } }],
      },
      before: rescue,
      after: normal,
      want: admitted,
    },
    {
      name: 'is not unrescued while the driver still carries out one that was deleted',
      world: { instances: [held], driver: { migration: anObservedMigration({ phase: 'Completing' }) } },
      before: rescue,
      after: normal,
      want: {
        code: 409,
        message: expect.stringContaining(
          'LiveMigration web-1-away is unfinished (phase Completing for 42 s)',
        ),
      },
    },
    {
      name: 'is unrescued when the driver has ended one that was deleted',
      world: { instances: [held], driver: { migration: anObservedMigration({ phase: 'Failed' }) } },
      before: rescue,
      after: normal,
      want: admitted,
    },
    {
      name: 'is not unrescued while somebody else moves its VM, which counts from when they asked',
      world: {
        instances: [held],
        driver: {
          vm: anObservedVm({ migrations: [aForeignMigration({ phase: 'Preparing' })] }),
          migration: anObservedMigration(),
        },
      },
      before: rescue,
      after: normal,
      want: {
        code: 409,
        message:
          'Cannot unrescue Instance default/web-1 while VirtualMachineInstanceMigration kubevirt-migrate-vm-x7k2p ' +
          'is unfinished (phase Preparing for 102 s). Wait until it is over, or delete it.',
      },
    },
    {
      name: 'is unrescued while another Instance migrates',
      world: { migrations: [aStoredMigration({ spec: { instanceName: 'web-2' } })] },
      before: rescue,
      after: normal,
      want: admitted,
    },
  ];

  it('is rescued anew by what its lease has ended, and only that is refused: the cache says what has ended', () => {
    const { spec, rescue } = anExpiredLease('Unrescue');
    const ended = { ...held, status: aStatus({ ...held.status, ...(rescue && { rescue }) }) };
    const world = { instances: [ended], migrations: [runningMigration] };
    expect(answerTo(world, { before: spec, after: normal })).toEqual(admitted);
    expect(answerTo(world, { before: spec, after: { rescue: aRescue() } })).toMatchObject({ code: 409 });
    expect(answerTo(migrating, { before: spec, after: normal })).toMatchObject({ code: 409 });
  });

  it.each(table)('$name', ({ world, before, after, want }) => {
    expect(answerTo(world, { before, after })).toMatchObject(want);
  });

  it('is let in where the old state cannot be read: this may mend it', () => {
    const oldObject = withFields(submitted(anInstance()), { 'spec.memory': 'much' });
    const object = submitted(anInstance({ spec: rescue }));
    const world = aWorld({ instances: [held], migrations: [runningMigration] });
    expect(judgeInstance({ ...SETTINGS, world })(aRequest({ object, oldObject }))).toEqual(admitted);
  });
});

describe('an Instance that is created', () => {
  it('is let in, also where a LiveMigration of that name waits for it', () => {
    expect(answerTo({ migrations: [runningMigration] }, { after: rescue })).toEqual(admitted);
  });

  it('is refused where the driver cannot honour a field', () => {
    const volume = { name: 'root', source: { volume: { pool: 'default', name: 'web-1' } } };
    expect(answerTo({}, { after: { disks: [volume] } })).toMatchObject({
      kind: 'Refused',
      code: 400,
      message:
        'Driver kubevirt of Instance default/web-1 cannot honour spec.disks[0].source.volume. ' +
        'Remove it, or choose another driver.',
    });
  });

  it('is warned of a rescue that may keep it where it is', () => {
    const source = { persistentVolumeClaim: { claimName: 'rescue' } };
    expect(answerTo({}, { after: { rescue: aRescue({ source }) } })).toMatchObject({
      kind: 'Admitted',
      warnings: [expect.stringContaining('only if claim "rescue" is ReadWriteMany')],
    });
  });
});

describe('an Instance that cannot be read', () => {
  it('is refused with the place of the first mistake', () => {
    const object = withFields(submitted(anInstance()), { 'spec.disks[0].bus': 'ide' });
    expect(judgeInstance({ ...SETTINGS, world: aWorld() })(aRequest({ object }))).toEqual({
      kind: 'Refused',
      code: 400,
      message: expect.stringMatching(/^Instance\.spec\.disks\[0\]\.bus: .+\. Correct it and try again\.$/),
    });
  });

  it('may be edited where what is wrong with it stays as it was, and is warned that nothing comes of it yet', () => {
    const bad = { 'spec.memory': '512' };
    const oldObject = withFields(submitted(anInstance({ spec: rescue })), bad);
    const object = withFields(submitted(anInstance()), bad);
    const judge = judgeInstance({ ...SETTINGS, world: aWorld() });
    expect(judge(aRequest({ object, oldObject }))).toEqual({
      kind: 'Admitted',
      warnings: [
        'Instance.spec.memory: memory must be from 1Mi to 64Ti; without a unit it is in bytes. It was so before and is ' +
          'left as it is, but nothing is done until that field is corrected.',
      ],
    });
    const worse = withFields(object, { 'spec.memory': '511' });
    expect(judge(aRequest({ object: worse, oldObject }))).toMatchObject({ kind: 'Refused', code: 400 });
    const also = withFields(object, { 'spec.disks[0].bus': 'ide' });
    expect(judge(aRequest({ object: also, oldObject }))).toMatchObject({ kind: 'Refused', code: 400 });
    expect(judge(aRequest({ object }))).toMatchObject({ kind: 'Refused', code: 400 });
  });

  it('is told so in one short line, however long its keys are', () => {
    const nodeSelector = { ['line\n'.repeat(1_000)]: 7 };
    const object = withFields(submitted(anInstance()), { 'spec.placement': { nodeSelector } });
    const answer = judgeInstance({ ...SETTINGS, world: aWorld() })(aRequest({ object }));
    expect(answer).toMatchObject({
      code: 400,
      message: expect.stringMatching(/^Instance\.spec[^\n]{1,400}$/),
    });
  });

  it.each(['DELETE', 'CONNECT'] as const)('is nobody’s business on %s', (operation) => {
    const request = aRequest({ operation, object: null });
    expect(judgeInstance({ ...SETTINGS, world: aWorld() })(request)).toEqual(admitted);
  });
});
