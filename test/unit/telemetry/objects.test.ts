import { describe, expect, it } from '@jest/globals';
import { DESTINATION_LABEL, SOURCE_LABEL } from '../../../src/api/names.ts';
import { aNode } from '../../builders/nodes.ts';
import { aStatus, aStoredInstance, aStoredMigration } from '../../builders/observation.ts';
import { linesOf, listed, metricsOf } from './read-metrics.ts';

const NOW_TEXT = '2026-01-01T12:00:00Z';

describe('what there is', () => {
  const rescue = { since: '2026-01-01T11:00:00Z', image: 'rescue:1', session: 'one' };
  const ended = { action: 'Unrescue', lease: 'one' } as const;

  it('is counted by state, also what there is none of', async () => {
    const instances = (['Running', 'Running', 'Rescued'] as const).map((state) =>
      aStoredInstance({ status: aStatus({ state }) }),
    );
    const migrations = [aStoredMigration({ status: { observedGeneration: 1, phase: 'Failed' } })];
    const metrics = metricsOf({ instances: listed(...instances), migrations: listed(...migrations) });

    const states = await linesOf(metrics, 'medevac_instances');
    expect(states).toHaveLength(11);
    expect(states).toEqual(
      expect.arrayContaining([
        'medevac_instances{state="Running"} 2',
        'medevac_instances{state="Rescued"} 1',
        'medevac_instances{state="Stopped"} 0',
      ]),
    );
    expect(await linesOf(metrics, 'medevac_live_migrations')).toContain(
      'medevac_live_migrations{phase="Failed"} 1',
    );
  });

  it('an Instance that has no status yet is in no state', async () => {
    const metrics = metricsOf({ instances: listed(aStoredInstance()) });

    const lines = await linesOf(metrics, 'medevac_instances');
    expect(lines.filter((line) => !line.endsWith(' 0'))).toEqual([]);
  });

  it.each([
    { name: 'without a lease', state: 'Rescued', rescue, want: 'none' },
    {
      name: 'with a lease that runs',
      state: 'Rescuing',
      rescue: { ...rescue, expiresAt: '2026-01-01T12:00:01Z' },
      want: 'running',
    },
    {
      name: 'that goes on after its lease has expired',
      state: 'Rescued',
      rescue: { ...rescue, expiresAt: '2026-01-01T12:00:00Z' },
      want: 'expired',
    },
    {
      name: 'that its lease has ended',
      state: 'Running',
      rescue: { ...rescue, expiresAt: '2026-01-01T11:30:00Z', expired: ended },
      want: undefined,
    },
  ] as const)('a rescue $name is counted as $want', async ({ want, ...status }) => {
    const metrics = metricsOf({ instances: listed(aStoredInstance({ status: aStatus(status) })) });

    const leases = ['none', 'running', 'expired'];
    expect(await linesOf(metrics, 'medevac_rescues')).toEqual(
      leases.map((lease) => `medevac_rescues{lease="${lease}"} ${lease === want ? 1 : 0}`),
    );
    expect(await linesOf(metrics, 'medevac_rescue_oldest_seconds')).toEqual([
      `medevac_rescue_oldest_seconds ${want === undefined ? 0 : 3600}`,
    ]);
  });

  it('the transfer that began first is the one whose age is told, and none that is over', async () => {
    const begun = (phase: 'Running' | 'Succeeded', startTime: string) =>
      aStoredMigration({ status: { observedGeneration: 1, phase, startTime } });
    const metrics = metricsOf({
      migrations: listed(
        begun('Succeeded', '2026-01-01T10:00:00Z'),
        begun('Running', '2026-01-01T11:59:00Z'),
        begun('Running', '2026-01-01T11:58:00Z'),
        aStoredMigration(),
      ),
    });

    expect(await linesOf(metrics, 'medevac_live_migration_oldest_transfer_seconds')).toEqual([
      'medevac_live_migration_oldest_transfer_seconds 120',
    ]);
  });

  it('Instances that are to leave their node are counted by what condition Evacuating says', async () => {
    const evacuating = (status: 'True' | 'False', reason: string) =>
      aStoredInstance({
        status: aStatus({
          conditions: [{ type: 'Evacuating', status, reason, message: '', lastTransitionTime: NOW_TEXT }],
        }),
      });
    const metrics = metricsOf({
      instances: listed(
        evacuating('True', 'Waiting'),
        evacuating('True', 'Waiting'),
        evacuating('True', 'NoDestination'),
        evacuating('False', 'NotEvacuating'),
        aStoredInstance(),
      ),
    });

    expect(await linesOf(metrics, 'medevac_evacuations')).toEqual([
      'medevac_evacuations{reason="Waiting"} 2',
      'medevac_evacuations{reason="NoDestination"} 1',
    ]);
  });

  it('nodes are capable by their labels, role by role, and gone when they are', async () => {
    const labelled = ({ name, labels }: ReturnType<typeof aNode>) => ({ metadata: { name, labels } });
    const nodes = [
      aNode('node-a', { capable: 'Source' }),
      aNode('node-b', { labels: { [SOURCE_LABEL]: 'yes', [DESTINATION_LABEL]: 'true' } }),
    ].map(labelled);
    const metrics = metricsOf({ nodes: { list: () => nodes } });

    expect(await linesOf(metrics, 'medevac_node_capable')).toEqual([
      'medevac_node_capable{node="node-a",role="source"} 1',
      'medevac_node_capable{node="node-a",role="destination"} 0',
      'medevac_node_capable{node="node-b",role="source"} 0',
      'medevac_node_capable{node="node-b",role="destination"} 1',
    ]);
    nodes.pop();
    expect(await linesOf(metrics, 'medevac_node_capable')).toHaveLength(2);
  });
});
