/** Who connects to whom. */
export interface Route {
  /** The node; `undefined`: the operator. */
  readonly from: string | undefined;
  readonly to: string;
  readonly uri: string;
}

type Remedy = (route: Route) => string;

/**
 * What can be done about what libvirt says. The first that matches counts: what libvirt says of certificates in detail goes
 * before what it says of connections at large.
 */
const REMEDIES: readonly (readonly [pattern: RegExp, remedy: Remedy])[] = [
  [/not installed where the operator runs/, () => 'Use the image medevac:VERSION-libvirt, which has virsh.'],
  [
    /same host/,
    ({ uri, from, to }) =>
      `${uri} leads from ${from} to itself, or ${from} and ${to} have the same host_uuid (virsh sysinfo, /etc/libvirt/libvirtd.conf).`,
  ],
  [
    /resolve address|name resolution|Name or service not known|No address associated/i,
    (route) =>
      `${from(route)} does not know the name in ${route.uri}: put it into DNS or /etc/hosts there, or correct the configuration.`,
  ],
  [
    /refused/i,
    ({ to, uri }) =>
      `Nothing listens there on ${to}, or a firewall refuses: on ${to}, systemctl enable --now ${socketFor(uri)}.`,
  ],
  [
    /No route to host|unreachable|timed out|no answer in time/i,
    (route) =>
      `Nothing gets from ${from(route)} to ${route.to}: look at the firewalls between them for TCP port ${portOf(route.uri)}, and at their routes.`,
  ],
  [
    /verify peer.s certificate|certificate.*(?:owner|hostname|not match)/i,
    (route) =>
      `On ${route.to}, /etc/pki/libvirt/servercert.pem must have the name in ${route.uri}, not be expired, and be signed by the CA in ${keysOf(route).ca}.`,
  ],
  [
    /TLS confirmation|TLS handshake|client.*certificate/i,
    (route) =>
      `${route.to} does not take the client certificate of ${from(route)}: ${keysOf(route).client} must be there, and be signed by the CA in /etc/pki/CA/cacert.pem on ${route.to}; tls_allowed_dn_list of its libvirtd.conf must let it in.`,
  ],
  [
    /certificate|\.pem\b/i,
    (route) =>
      `See ${keysOf(route).ca} and ${keysOf(route).client}; on a host, virt-pki-validate looks at them.`,
  ],
  [
    /publickey|Host key|Permission denied|authentication/i,
    (route) =>
      route.from === undefined
        ? `The operator is not let in on ${route.to}: look at its key, and at what libvirtd.conf there asks of clients.`
        : `libvirtd on ${route.from} is not let in on ${route.to}: it connects as root, with the keys of root. With qemu+tls it needs none of these.`,
  ],
  [
    /emulator|virt type|machine type|domain type|unsupported machine/i,
    () =>
      'QEMU there has not what the configuration asks for (domainType, machineTypes): install the same on all hosts; kvm needs /dev/kvm.',
  ],
];

/** What can be done about a connection of which libvirt says this. */
export function remedyFor(words: string, route: Route): string {
  const remedy = REMEDIES.find(([pattern]) => pattern.test(words))?.[1] ?? tryIt;
  return remedy(route);
}

function tryIt({ from: node, uri }: Route): string {
  return `Try it ${node === undefined ? 'where the operator runs' : `on ${node}`}: virsh -c ${uri} version`;
}

function from({ from: node }: Route): string {
  return node ?? 'the operator';
}

interface Keys {
  readonly ca: string;
  readonly client: string;
}

function keysOf({ from: node }: Route): Keys {
  if (node === undefined) {
    const secret = 'of the Secret of libvirt.tlsSecret';
    return { ca: `cacert.pem ${secret}`, client: `clientcert.pem and clientkey.pem ${secret}` };
  }
  return {
    ca: `/etc/pki/CA/cacert.pem on ${node}`,
    client: `/etc/pki/libvirt/clientcert.pem and private/clientkey.pem on ${node}`,
  };
}

type Transport = 'tls' | 'tcp' | 'ssh';

const PORTS: Readonly<Record<Transport, string>> = { tls: '16514', tcp: '16509', ssh: '22' };
const SOCKETS: Readonly<Record<Transport, string>> = {
  tls: 'libvirtd-tls.socket (or virtproxyd-tls.socket)',
  tcp: 'libvirtd-tcp.socket (or virtproxyd-tcp.socket)',
  ssh: 'ssh',
};

function transportOf(uri: string): Transport {
  const [, name] = /^qemu\+(tcp|ssh):/.exec(uri) ?? [];
  return name === 'tcp' || name === 'ssh' ? name : 'tls';
}

function portOf(uri: string): string {
  return /:(\d+)\/system/.exec(uri)?.[1] ?? PORTS[transportOf(uri)];
}

function socketFor(uri: string): string {
  return SOCKETS[transportOf(uri)];
}
