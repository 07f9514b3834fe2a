import { describe, expect, it } from '@jest/globals';
import { departureBy, departureByOthers } from '../../../../src/domain/evacuation/departure.ts';
import { ago } from '../../../builders/evacuation.ts';
import { anObservedMigration, aStoredMigration, NOW_MS } from '../../../builders/observation.ts';
import { aForeignMigration } from '../../../builders/vm.ts';

type Seen = Parameters<typeof departureBy>[1];
type Status = NonNullable<Parameters<typeof aStoredMigration>[0]>['status'];

const said: Status = {
  observedGeneration: 1,
  phase: 'Running',
  startTime: ago(7_000),
  destination: { node: 'node-b' },
  progress: { percent: 40, observedTime: ago(0) },
};

describe('how far a LiveMigration is that takes a VM away', () => {
  it.each<{ name: string; status?: Status; seen?: Seen; want: object }>([
    {
      name: 'one that has said nothing waits since it was made',
      want: { phase: 'Queued', elapsedSeconds: 9, percent: undefined, destination: undefined },
    },
    {
      name: 'what it says: its transfer counts from its beginning',
      status: said,
      want: { phase: 'Running', elapsedSeconds: 7, percent: 40, destination: 'node-b' },
    },
    {
      name: 'what the driver shows is newer',
      status: said,
      seen: {
        observed: anObservedMigration({
          phase: 'Completing',
          startedAt: ago(6_000),
          progress: { percent: 99 },
          destination: 'node-c',
        }),
      },
      want: { phase: 'Completing', elapsedSeconds: 6, percent: 99, destination: 'node-c' },
    },
    {
      name: 'the node that kube-scheduler has found',
      seen: { place: { kind: 'Named', node: 'node-d' } },
      want: { phase: 'Queued', destination: 'node-d', waitsFor: undefined },
    },
    {
      name: 'why kube-scheduler has found none',
      seen: { place: { kind: 'Awaited', words: '0/4 nodes are available' } },
      want: { phase: 'Queued', destination: undefined, waitsFor: '0/4 nodes are available' },
    },
  ])('$name', ({ status, seen = {}, want }) => {
    const migration = aStoredMigration({ metadata: { creationTimestamp: ago(9_000) }, status });
    const departure = departureBy(migration, seen, NOW_MS);
    expect(departure).toMatchObject({ what: `LiveMigration ${migration.metadata.name}`, ...want });
  });

  it('of a migration that somebody else has asked KubeVirt for: since when it is there', () => {
    const migration = aForeignMigration({ createdAt: ago(3_000), phase: 'Preparing' });
    expect(departureByOthers(migration, NOW_MS)).toMatchObject({
      what: `${migration.kind} ${migration.name}`,
      phase: 'Preparing',
      elapsedSeconds: 3,
    });
  });
});
