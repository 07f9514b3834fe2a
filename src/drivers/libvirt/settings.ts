import * as z from 'zod';
import { Label, StorageName } from '../../api/schema.ts';

/** Stands for the name of the node in a template. */
const NODE_PLACE = '{node}';

const URI = /^(qemu\+tls|qemu\+ssh|qemu\+tcp|qemu\+unix):\/\/[A-Za-z0-9.@:{}[\]-]*\/system(\?[^\s]*)?$/;

const HypervisorUri = z
  .string()
  .max(512)
  .regex(URI, 'must be a URI of a QEMU host, such as qemu+tls://node-a.example/system');

const Host = z.strictObject({
  /** Where the operator reaches libvirtd. */
  uri: HypervisorUri,
  /** Where the other hosts reach it. Default: the same. */
  peerUri: HypervisorUri.optional(),
  /** Address that memory is sent to, such as tcp://10.1.0.7. Default: the host's name. */
  transferUri: z
    .string()
    .regex(/^(tcp|rdma|unix):\/\/[A-Za-z0-9.:{}[\]-]+$/, 'must be a URI such as tcp://10.1.0.7')
    .optional(),
});

const Pool = z.strictObject({
  /** Namespaces whose Instances may use its volumes. */
  namespaces: z.array(Label).min(1),
  /** Whether all hosts see the same data at any time, though libvirt can't know it (as it does of NFS, Ceph and others). */
  coherent: z.boolean().default(false),
  /** Whether each host has volumes of its own in it: who writes to one can't be migrated, because storage is not copied. */
  local: z.boolean().default(false),
});

const Network = z.union([
  z.strictObject({ network: StorageName }),
  z.strictObject({ bridge: StorageName.max(15) }),
]);

/** What the operator's configuration says of the hosts. */
export const LibvirtSettings = z
  .strictObject({
    /** By node name; goes before the template. */
    hosts: z.record(z.string(), Host).default({}),
    /** For every other node of the cluster; `{node}` stands for its name. */
    template: Host.optional(),
    /** Whether connections without encryption and authentication may be used. */
    allowPlainTcp: z.boolean().default(false),
    /** Whether the guests' memory may cross the network as it is. */
    allowPlainTransfer: z.boolean().default(false),
    pools: z.record(StorageName, Pool).default({}),
    /** What the pod network is on these hosts. */
    podNetwork: Network.default({ network: 'default' }),
    /** Versioned, so that a guest finds the same board on hosts with other versions of QEMU. */
    machineTypes: z
      .strictObject({ q35: z.string().regex(/^pc-q35-[A-Za-z0-9.-]+$/) })
      .default({ q35: 'pc-q35-7.2' }),
    domainType: z.enum(['kvm', 'qemu']).default('kvm'),
    /** One that all hosts have. Default: QEMU's, which is everywhere. */
    cpuModel: StorageName.optional(),
    /** How long a guest may stand still at the end of a migration. Default: as QEMU has it. */
    maxDowntimeMilliseconds: z.int().min(1).max(60_000).default(300),
    /** How long a guest that is asked to shut down may take. */
    shutdownSeconds: z.int().min(1).max(3_600).default(60),
  })
  .superRefine(({ pools }, context) => {
    for (const [name, { coherent, local }] of Object.entries(pools)) {
      if (!coherent || !local) continue;
      const message = 'a pool that is local to each host is not coherent: set one of both';
      context.addIssue({ code: 'custom', message, path: ['pools', name] });
    }
  })
  .superRefine(({ hosts, template, allowPlainTcp }, context) => {
    const entries = [
      ...Object.entries(hosts),
      ...(template === undefined ? [] : [['template', template] as const]),
    ];
    for (const [name, { uri, peerUri }] of entries) {
      if (allowPlainTcp || ![uri, peerUri].some((given) => given?.startsWith('qemu+tcp:') === true)) continue;
      const message = 'qemu+tcp is neither encrypted nor authenticated: use qemu+tls, or set allowPlainTcp';
      context.addIssue({ code: 'custom', message, path: name === 'template' ? [name] : ['hosts', name] });
    }
  });
export type LibvirtSettings = z.infer<typeof LibvirtSettings>;

/**
 * Reads the settings from a text of JSON.
 * @throws an Error of one line that says where what is wrong
 */
export function parseLibvirtSettings(text: string): LibvirtSettings {
  const { success, data, error } = LibvirtSettings.safeParse(parseJson(text));
  if (success) return data;
  const [issue] = error.issues;
  const path = issue?.path.join('.') ?? '';
  throw new Error(`${path === '' ? '' : `${path}: `}${issue?.message ?? 'is not valid'}`);
}

/** @throws an Error that quotes nothing of the text: there may be credentials in it */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const [position = ''] = /(?<=at position )\d+/.exec((error as Error).message) ?? [];
    // eslint-disable-next-line preserve-caught-error -- that one quotes the text
    throw new Error(`is not JSON${position === '' ? '' : `, from character ${position}`}`);
  }
}

/** How a host is reached. */
export interface HostAddress {
  readonly uri: string;
  readonly peerUri: string;
  readonly transferUri: string | undefined;
}

/** Node names are RFC 1123 subdomains: nothing of a URI can be in them but dots and dashes. */
const NODE = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

/** How the hypervisor of a node is reached; `undefined`: the node is none of these hosts. */
export function addressOf(node: string, { hosts, template }: LibvirtSettings): HostAddress | undefined {
  const host = Object.hasOwn(hosts, node) ? hosts[node] : template;
  if (host === undefined || !NODE.test(node)) return undefined;
  const fill = (text: string) => text.replaceAll(NODE_PLACE, node);
  return {
    uri: fill(host.uri),
    peerUri: fill(host.peerUri ?? host.uri),
    transferUri: host.transferUri === undefined ? undefined : fill(host.transferUri),
  };
}
