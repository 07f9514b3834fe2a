import { field, type Rendered } from './rendered.ts';

/** Who is at the other end of a connection. */
export interface Peer {
  /** Labels of its Namespace; absent: it is no Pod, but a machine. */
  readonly namespace?: Labels;
  readonly address: string;
}
export interface Port {
  readonly port: number;
  readonly protocol?: 'TCP' | 'UDP';
}
type Labels = Readonly<Record<string, string>>;
type Direction = 'Ingress' | 'Egress';

interface RulePeer {
  readonly namespaceSelector?: { readonly matchLabels?: Labels };
  readonly ipBlock?: { readonly cidr: string };
}
interface Rule {
  readonly ports?: readonly { readonly port: number | string; readonly protocol?: string }[];
  readonly from?: readonly RulePeer[];
  readonly to?: readonly RulePeer[];
}
interface PolicySpec {
  readonly podSelector: { readonly matchLabels: Labels };
  readonly policyTypes: readonly Direction[];
  readonly ingress?: readonly Rule[];
  readonly egress?: readonly Rule[];
}

const POD = 'spec/template';

/** Whether the chart's NetworkPolicy lets the operator's Pods have a connection, as Kubernetes documents what its fields mean. */
export function mayConnect(
  objects: readonly Rendered[],
  direction: Direction,
  peer: Peer,
  port: Port,
): boolean {
  const spec = field('NetworkPolicy', 'spec')(objects) as PolicySpec | undefined;
  const labels = field('Deployment', `${POD}/metadata/labels`)(objects) as Labels;
  const isMeant = spec !== undefined && includes(labels, spec.podSelector.matchLabels);
  if (!isMeant || !spec.policyTypes.includes(direction)) return true;
  const rules = direction === 'Ingress' ? spec.ingress : spec.egress;
  return (rules ?? []).some(
    ({ ports, from, to }) => isOneOf(ports, port, objects) && isAmong(from ?? to ?? [], peer),
  );
}

/** Number of a port of the operator's container. @throws where it has none of that name */
export function containerPort(objects: readonly Rendered[], name: unknown): number {
  const ports = field('Deployment', `${POD}/spec/containers/0/ports`)(objects) as {
    name: string;
    containerPort: number;
  }[];
  const found = ports.find((port) => port.name === name);
  if (found === undefined) throw new Error(`the container has no port ${String(name)}`);
  return found.containerPort;
}

/** No ports are all. */
function isOneOf(ports: Rule['ports'], wanted: Port, objects: readonly Rendered[]): boolean {
  return (
    ports?.some(
      ({ port, protocol = 'TCP' }) =>
        protocol === (wanted.protocol ?? 'TCP') &&
        (typeof port === 'string' ? containerPort(objects, port) : port) === wanted.port,
    ) ?? true
  );
}

/** No peers are all. */
function isAmong(peers: readonly RulePeer[], { namespace, address }: Peer): boolean {
  if (peers.length === 0) return true;
  return peers.some(({ namespaceSelector, ipBlock }) =>
    ipBlock === undefined
      ? namespace !== undefined && includes(namespace, namespaceSelector?.matchLabels ?? {})
      : isWithin(address, ipBlock.cidr),
  );
}

function includes(labels: Labels, wanted: Labels): boolean {
  return Object.entries(wanted).every(([name, value]) => labels[name] === value);
}

/** For networks of whole bytes. */
function isWithin(address: string, cidr: string): boolean {
  const [network = '', bits = '32'] = cidr.split('/');
  const bytes = Number(bits) / 8;
  return address.split('.').slice(0, bytes).join('.') === network.split('.').slice(0, bytes).join('.');
}
