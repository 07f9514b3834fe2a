import { describe, expect, it } from '@jest/globals';
import {
  unsupportedInstanceFields,
  unsupportedMigrationFields,
  type DriverCapabilities,
} from '../../../src/domain/capabilities.ts';
import { aDisk, aRescue, aTemplatedInstance } from '../../builders/instance.ts';
import { aStoredMigration } from '../../builders/observation.ts';
import { aSpec } from '../../builders/vm.ts';
import { InstanceSpec } from '../../../src/api/instance.ts';

const NOTHING: DriverCapabilities = {
  diskSources: [],
  nativeTemplate: false,
  followsOwnerReferences: false,
  placesVms: false,
  migrateRescued: false,
  abort: false,
  postCopy: false,
  autoConverge: false,
  bandwidth: false,
  forceComplete: false,
};

describe('fields of a LiveMigration that a driver cannot honour', () => {
  it.each([
    { asked: { completionTimeout: '30m' }, needs: { abort: true }, want: 'spec.policy.completionTimeout' },
    { asked: { onTimeout: 'ForceComplete' }, needs: { forceComplete: true }, want: 'spec.policy.onTimeout' },
    { asked: { autoConverge: false }, needs: { autoConverge: true }, want: 'spec.policy.autoConverge' },
    { asked: { postCopy: true }, needs: { postCopy: true }, want: 'spec.policy.postCopy' },
    { asked: { bandwidth: '1Gi' }, needs: { bandwidth: true }, want: 'spec.policy.bandwidth' },
  ] as const)('$want, without the ability to', ({ asked, needs, want }) => {
    const { spec } = aStoredMigration({ spec: { policy: asked } });
    expect(unsupportedMigrationFields(spec, NOTHING)).toEqual([want]);
    expect(unsupportedMigrationFields(spec, { ...NOTHING, ...needs })).toEqual([]);
  });

  it('spec.forceComplete, without the ability to', () => {
    const { spec } = aStoredMigration({ spec: { forceComplete: true } });
    expect(unsupportedMigrationFields(spec, NOTHING)).toEqual(['spec.forceComplete']);
    expect(unsupportedMigrationFields(spec, { ...NOTHING, forceComplete: true })).toEqual([]);
  });

  it.each([{}, { policy: {} }, { policy: { postCopy: false } }])('are none in %j', (fields) => {
    expect(unsupportedMigrationFields(aStoredMigration({ spec: fields }).spec, NOTHING)).toEqual([]);
  });

  it('are all named', () => {
    const policy = { completionTimeout: '1m', autoConverge: true, bandwidth: '1M' };
    expect(unsupportedMigrationFields(aStoredMigration({ spec: { policy } }).spec, NOTHING)).toEqual([
      'spec.policy.completionTimeout',
      'spec.policy.autoConverge',
      'spec.policy.bandwidth',
    ]);
  });
});

describe('fields of an Instance that a driver cannot honour', () => {
  const volume = { volume: { pool: 'default', name: 'root' } };

  it.each([
    {
      name: 'a disk whose source it does not know',
      spec: aSpec({
        disks: [aDisk({ source: { cloudInit: { secretName: 'x' } } }), aDisk({ name: 'b', source: volume })],
      }),
      can: { ...NOTHING, diskSources: ['cloudInit'] as const },
      want: ['spec.disks[1].source.volume'],
    },
    {
      name: 'a rescue from a source that it does not know',
      spec: aSpec({ rescue: aRescue({ source: volume }) }),
      can: { ...NOTHING, diskSources: ['persistentVolumeClaim'] as const },
      want: ['spec.rescue.source.volume'],
    },
    {
      name: 'a native template of another backend',
      spec: InstanceSpec.parse(aTemplatedInstance().spec),
      can: NOTHING,
      want: ['spec.kubevirt.template'],
    },
    {
      name: 'nothing, where it knows all',
      spec: aSpec({ rescue: aRescue({ source: volume }) }),
      can: { ...NOTHING, diskSources: ['persistentVolumeClaim', 'volume'] as const },
      want: [],
    },
  ])('$name', ({ spec, can, want }) => {
    expect(unsupportedInstanceFields(spec, can)).toEqual(want);
  });
});
