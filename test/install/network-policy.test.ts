import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { describeWhereThereIs } from '../support/describe-where-there-is.ts';
import { missingForHelm, template } from './helm.ts';
import { containerPort, mayConnect, type Peer, type Port } from './values/network.ts';
import { field, type Rendered } from './values/rendered.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/how-to/limit-the-network.md'), 'utf8');
const [KUBEVIRT, LIBVIRT] = [...PAGE.matchAll(/^```yaml\n([^]*?)^```/gm)].map(
  ([, block = '']) => parse(block) as object,
);

const PEERS = {
  API_SERVER: { address: '203.0.113.1' },
  PROMETHEUS: { address: '10.0.1.1', namespace: { 'kubernetes.io/metadata.name': 'monitoring' } },
  STRANGER: { address: '10.0.2.1', namespace: { 'kubernetes.io/metadata.name': 'team-a' } },
  HOST: { address: '192.0.2.7' },
} satisfies Record<string, Peer>;

type From = readonly ('API_SERVER' | 'PROMETHEUS' | 'STRANGER')[];
const ALL: From = ['API_SERVER', 'PROMETHEUS', 'STRANGER'];

/** Connections out, and one that nothing of medevac needs. */
const OUT = {
  'API server': [PEERS.API_SERVER, { port: 6443 }],
  'Service of the API server': [PEERS.API_SERVER, { port: 443 }],
  DNS: [PEERS.STRANGER, { port: 53, protocol: 'UDP' }],
  'DNS over TCP': [PEERS.STRANGER, { port: 53 }],
  libvirtd: [PEERS.HOST, { port: 16_514 }],
  'libvirtd of somebody else': [PEERS.STRANGER, { port: 16_514 }],
  'anything else': [PEERS.STRANGER, { port: 8_080 }],
} satisfies Record<string, readonly [Peer, Port]>;
type Out = keyof typeof OUT;

const CASES: readonly {
  name: string;
  values: object | undefined;
  metrics: From;
  /** Any port but these two. */
  other: From;
  out: readonly Out[];
}[] = [
  { name: 'of itself', values: {}, metrics: ALL, other: [], out: Object.keys(OUT) as Out[] },
  {
    name: 'as the docs have it for KubeVirt',
    values: KUBEVIRT,
    metrics: ['PROMETHEUS'],
    other: [],
    out: ['API server', 'Service of the API server'],
  },
  {
    name: 'as the docs have it for libvirt',
    values: LIBVIRT,
    metrics: ['PROMETHEUS'],
    other: [],
    out: ['API server', 'Service of the API server', 'DNS', 'DNS over TCP', 'libvirtd'],
  },
  {
    name: 'switched off',
    values: { networkPolicy: { enabled: false } },
    metrics: ALL,
    other: ALL,
    out: Object.keys(OUT) as Out[],
  },
];

describeWhereThereIs('Helm', missingForHelm(), 'the NetworkPolicy of the chart', () => {
  it.each(CASES)('$name: lets in and out what it must, and nothing else', async (row) => {
    const { stderr, objects } = await template({ podMonitor: { enabled: true }, ...row.values });
    expect(stderr).toBe('');
    const webhook = containerPort(objects, field('Service', 'spec/ports/0/targetPort')(objects));
    const metrics = containerPort(objects, field('PodMonitor', 'spec/podMetricsEndpoints/0/port')(objects));

    expect({
      webhook: admitted(objects, webhook),
      metrics: admitted(objects, metrics),
      other: admitted(objects, 22),
      out: Object.entries(OUT)
        .filter(([, [peer, port]]) => mayConnect(objects, 'Egress', peer, port))
        .map(([name]) => name),
    }).toEqual({ webhook: ALL, metrics: row.metrics, other: row.other, out: row.out });
  });
});

/** Who may connect to a port of the operator. */
function admitted(objects: readonly Rendered[], port: number): string[] {
  return ALL.filter((name) => mayConnect(objects, 'Ingress', PEERS[name], { port }));
}
