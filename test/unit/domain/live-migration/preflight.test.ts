import { describe, expect, it } from '@jest/globals';
import { preflight } from '../../../../src/domain/live-migration/preflight.ts';
import { ADMITTED } from '../../../../src/domain/verdict.ts';
import { aNode } from '../../../builders/nodes.ts';
import { aRescue } from '../../../builders/instance.ts';
import {
  aMigrationObservation,
  anInstanceObservation,
  aStatus,
  aStoredInstance,
} from '../../../builders/observation.ts';
import { anObservedVm, aRescueSpec } from '../../../builders/vm.ts';

const RESCUED = anInstanceObservation({
  instance: aStoredInstance({ spec: { rescue: aRescue() }, status: aStatus({ state: 'Rescued' }) }),
  vm: anObservedVm({ spec: aRescueSpec() }),
});

describe('the check before a migration', () => {
  it.each([
    { name: 'is missing', instance: undefined },
    { name: 'was never observed', instance: anInstanceObservation({ instance: aStoredInstance() }) },
  ])('admits one of an Instance that $name, with a warning: apply order must not matter', ({ instance }) => {
    expect(preflight(aMigrationObservation({ instance }))).toEqual({
      kind: 'Admitted',
      warnings: ['Instance default/web-1 is not there yet; the LiveMigration waits for it.'],
    });
  });

  it('knows the version only where admission tells it', () => {
    const observation = aMigrationObservation({ instance: RESCUED });
    expect(preflight(observation)).toEqual(ADMITTED);
    expect(preflight(observation, 'v1beta1')).toEqual(ADMITTED);
    expect(preflight(observation, 'v1alpha1')).toMatchObject({ code: 409, reason: 'RescuedNotSupported' });
  });

  it('looks for a destination where the Instance may be', () => {
    const spec = { rescue: aRescue(), placement: { nodeSelector: { zone: 'a' } } };
    const instance = { ...RESCUED, instance: aStoredInstance({ spec, status: aStatus() }) };
    const nodes = [aNode('node-a'), aNode('node-b')];
    expect(preflight(aMigrationObservation({ instance, nodes }))).toMatchObject({
      reason: 'NoCapableDestination',
    });
    const labelled = [aNode('node-a'), aNode('node-b', { labels: { zone: 'a' } })];
    expect(preflight(aMigrationObservation({ instance, nodes: labelled }))).toEqual(ADMITTED);
  });

  it('asks what runs, not what is said of it', () => {
    const says = anInstanceObservation({
      instance: aStoredInstance({ status: aStatus({ state: 'Stopped' }) }),
    });
    expect(preflight(aMigrationObservation({ instance: says }))).toEqual(ADMITTED);
  });
});
