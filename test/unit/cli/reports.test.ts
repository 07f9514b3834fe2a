import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Instance } from '../../../src/api/instance.ts';
import { DESTINATION_LABEL, OVERRIDE_SOURCE_LABEL, SOURCE_LABEL } from '../../../src/api/names.ts';
import { parseNode } from '../../../src/api/node.ts';
import { closedPairs, closedText, reportNodes, rowOfNode } from '../../../src/cli/capability-report.ts';
import { forecastDrains, rowOfForecast } from '../../../src/cli/drain-forecast.ts';
import { historyOf, rowOfEntry } from '../../../src/cli/history.ts';
import { HandlerPod } from '../../../src/drivers/kubevirt/resources.ts';
import { anInstance } from '../../builders/instance.ts';
import { aMigrationObject, anInstanceObject, NOW } from './objects.ts';

const BOTH = { [SOURCE_LABEL]: 'true', [DESTINATION_LABEL]: 'true' };

const node = (name: string, labels: Record<string, string> = BOTH, unschedulable = false) =>
  parseNode({
    metadata: {
      name,
      uid: name,
      resourceVersion: '1',
      labels: { 'kubevirt.io/schedulable': 'true', ...labels },
      annotations: { 'kubevirt.io/heartbeat': '2026-11-28T11:59:00Z' },
    },
    spec: { unschedulable },
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  });

const handler = (nodeName: string, version: string) =>
  HandlerPod.parse({
    metadata: {
      name: `virt-handler-${nodeName}`,
      namespace: 'kubevirt',
      uid: nodeName,
      resourceVersion: '1',
    },
    spec: { nodeName, containers: [{ name: 'virt-handler', image: `quay.example/virt-handler:${version}` }] },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  });

describe('what nodes can do', () => {
  const nodes = [
    node('node-c', { [DESTINATION_LABEL]: 'true', [OVERRIDE_SOURCE_LABEL]: 'false' }),
    node('node-b', {}),
    node('node-a'),
  ];
  const handlers = [handler('node-a', 'v1.7.0'), handler('node-b', 'v1.5.2'), handler('node-c', 'v1.7.0')];

  it('is told with driver, version, override and reason', () => {
    expect(reportNodes(nodes, handlers, NOW).map(rowOfNode)).toEqual([
      ['node-a', 'yes', 'yes', 'kubevirt', 'v1.7.0', '-', 'its hypervisor is v1.7.0'],
      ['node-b', 'no', 'no', 'kubevirt', 'v1.5.2', '-', 'its hypervisor is v1.5.2, older than v1.6.0'],
      [
        'node-c',
        'no',
        'yes',
        'kubevirt',
        'v1.7.0',
        'source=false',
        `label ${OVERRIDE_SOURCE_LABEL}=false says so; its hypervisor is v1.7.0`,
      ],
    ]);
  });

  it('is told by labels alone to one who may not see the hypervisors', () => {
    expect(
      rowOfNode(reportNodes([node('node-c', { [DESTINATION_LABEL]: 'true' })], undefined, NOW)[0] ?? none()),
    ).toEqual([
      'node-c',
      'no',
      'yes',
      '-',
      '-',
      '-',
      'it has no label as source; the operator has labelled it as destination',
    ]);
  });

  it('closes ways between them', () => {
    const reports = reportNodes(nodes, handlers, NOW);
    expect(closedPairs(reports)).toEqual([
      { from: 'node-a', to: 'node-b', because: ["node-b can't receive"] },
      { from: 'node-b', to: 'node-a', because: ["node-b can't send"] },
      { from: 'node-b', to: 'node-c', because: ["node-b can't send"] },
      { from: 'node-c', to: 'node-a', because: ["node-c can't send"] },
      { from: 'node-c', to: 'node-b', because: ["node-c can't send", "node-b can't receive"] },
    ]);
    expect(closedText(reports)).toEqual([
      'No rescued VM can leave: node-b, node-c.',
      'No rescued VM can go to: node-b.',
    ]);
    expect(closedText(reportNodes([node('node-a'), node('node-b')], handlers, NOW))).toEqual([
      'Rescued VMs can go from each of these nodes to each other.',
    ]);
  });
});

function none(): never {
  throw new Error('there is none');
}

const instance = (name: string, on: string, state: string, fields: { spec?: object; status?: object } = {}) =>
  Instance.parse({
    ...anInstance({ name, namespace: 'team-a', spec: fields.spec ?? {} }),
    metadata: {
      name,
      namespace: 'team-a',
      uid: name,
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: '',
    },
    status: { observedGeneration: 1, state, node: on, ...fields.status },
  });

describe('what a drain would do', () => {
  const nodes = [node('node-a'), node('node-b'), node('node-c', {})];

  it.each([
    [
      'moves a running VM anywhere',
      instance('web-1', 'node-a', 'Running'),
      ['no', 'Migrates', 'node-b,node-c'],
    ],
    [
      'moves a rescued VM to where it can go',
      instance('web-1', 'node-a', 'Rescued'),
      ['yes', 'Migrates', 'node-b'],
    ],
    [
      'holds what is to be held',
      instance('web-1', 'node-a', 'Running', { spec: { evacuation: { policy: 'Block' } } }),
      ['no', 'Blocked (PolicyBlock)', '-'],
    ],
    [
      'can’t move a rescued VM off a node that can’t send',
      instance('web-1', 'node-c', 'Rescued'),
      ['yes', 'Blocked (SourceNotCapable)', '-'],
    ],
    [
      'can’t move where no label fits',
      instance('web-1', 'node-a', 'Running', { spec: { placement: { nodeSelector: { zone: 'z' } } } }),
      ['no', 'Blocked (NoDestination)', '-'],
    ],
    [
      'can’t move what the driver can’t move',
      instance('web-1', 'node-a', 'Running', {
        status: {
          conditions: [
            {
              type: 'LiveMigratable',
              status: 'False',
              reason: 'DisksNotLiveMigratable',
              message: 'A disk is not shared.',
              lastTransitionTime: '2026-11-28T11:00:00Z',
            },
          ],
        },
      }),
      ['no', 'Blocked (NotMigratable)', '-'],
    ],
  ])('%s', (_, vm, want) => {
    const [forecast = none()] = forecastDrains([vm.status?.node ?? ''], [vm], nodes);
    expect(rowOfForecast(forecast).slice(3)).toEqual(want);
  });

  it('takes each node for drained when the next one is', () => {
    const vms = [instance('web-1', 'node-a', 'Rescued'), instance('web-2', 'node-b', 'Rescued')];
    expect(forecastDrains(['node-a', 'node-b'], vms, nodes).map(({ candidates }) => candidates)).toEqual([
      ['node-b'],
      [],
    ]);
    expect(forecastDrains(['node-b'], vms, nodes).map(({ name }) => name)).toEqual(['web-2']);
  });

  it('never sends a VM to the node itself, to one that is drained, or to one that is cordoned', () => {
    const names = ['node-a', 'node-b', 'node-c', 'node-d'];
    fc.assert(
      fc.property(fc.subarray(names, { minLength: 1 }), fc.subarray(names), (drained, cordoned) => {
        const cluster = names.map((name) => node(name, BOTH, cordoned.includes(name)));
        const vms = names.map((name) => instance(`vm-${name}`, name, 'Rescued'));
        forecastDrains(drained, vms, cluster).forEach(({ node: source, candidates, blocked }) => {
          const closed = [...cordoned, ...drained.slice(0, drained.indexOf(source) + 1)];
          expect(candidates).toEqual(names.filter((name) => !closed.includes(name)));
          expect(blocked === undefined).toBe(candidates.length > 0);
        });
      }),
    );
  });
});

describe('the history of an Instance', () => {
  it('has its migrations, its rescue and what Events tell, in the order of time', () => {
    const managed = (manager: string, field: string) => [
      { manager, operation: 'Update', fieldsV1: { 'f:spec': { [`f:${field}`]: {} } } },
    ];
    const vm = anInstanceObject({
      metadata: { managedFields: managed('medevac-cli', 'rescue') },
      status: { state: 'Rescued', rescue: { since: '2026-11-28T11:00:00Z', image: 'a/b:1' } },
    });
    const migration = aMigrationObject({
      metadata: { managedFields: managed('argocd', 'instanceName') },
      status: {
        phase: 'Failed',
        startTime: '2026-11-28T11:30:00Z',
        destination: { node: 'node-b' },
        transferMilliseconds: 75_000,
        conditions: [{ type: 'Ready', status: 'False', reason: 'MigrationFailed', message: 'It broke.' }],
      },
    });
    const events = [
      { reason: 'Unrescuing', note: 'Booting the VM from its own disks again.', at: '2026-11-28T10:00:00Z' },
      { reason: 'Scheduled', note: 'Something else.', at: '2026-11-28T10:01:00Z' },
    ];
    expect(historyOf(vm, [migration], events, NOW).map(rowOfEntry)).toEqual([
      [
        '2026-11-28T10:00:00Z',
        'Event',
        'Unrescuing',
        '-',
        '-',
        '-',
        'Booting the VM from its own disks again.',
      ],
      ['2026-11-28T11:00:00Z', 'Rescue from a/b:1', 'Rescued', '60m', '-', 'medevac-cli', 'without end'],
      [
        '2026-11-28T11:30:00Z',
        'LiveMigration web-1-away node-a -> node-b',
        'Failed',
        '75s',
        '-',
        'argocd',
        'MigrationFailed: It broke.',
      ],
    ]);
  });
});
