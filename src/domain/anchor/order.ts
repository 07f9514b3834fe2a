import { bytesOf } from '../../api/bytes.ts';
import { VM_HOST_LABEL } from '../../api/names.ts';
import { fingerprint } from '../fingerprint.ts';
import type { RenderedVm } from '../vm.ts';

/** What a VM takes from its node. */
interface AnchorRequests {
  readonly cores: number;
  readonly memoryBytes: number;
}

/** An anchor as it is to be made. Plain data; equal orders are the same order. */
export interface AnchorOrder {
  readonly name: string;
  readonly migrationUid?: string;
  readonly requests: AnchorRequests;
  /** Labels that the node must have. */
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly onlyOn?: string;
  readonly notOn?: string;
}

/** Of which Instance, and what for: `home`, `host/NODE` or `migration/UID`. */
interface Purpose {
  readonly instance: { readonly name: string; readonly uid: string };
  readonly purpose: string;
}

/** The name of an anchor; the same for the same purpose, so that none is made twice. */
function anchorName({ instance, purpose }: Purpose): string {
  return `${instance.name}-anchor-${fingerprint([instance.uid, purpose]).slice(0, 8)}`;
}

/** What QEMU takes beside the guest's memory: itself, and for each processor and each page of the guest. Bytes. */
const OVERHEAD = { qemu: 160 * 2 ** 20, core: 8 * 2 ** 20, perByte: 1 / 512 };

function requestsOf({ hardware }: RenderedVm): AnchorRequests {
  if (hardware.kind === 'Native') return { cores: 0, memoryBytes: 0 };
  const memory = bytesOf(hardware.memory);
  const overhead = OVERHEAD.qemu + OVERHEAD.core * hardware.cores + Math.ceil(memory * OVERHEAD.perByte);
  return { cores: hardware.cores, memoryBytes: memory + overhead };
}

interface OwnAnchor {
  readonly instance: Purpose['instance'];
  readonly vm: RenderedVm;
  /** The node that the VM is on; `undefined`: it is nowhere, and may be made anywhere. */
  readonly host: string | undefined;
}

/** The anchor of a VM. Where that is already, nothing but the node counts: it runs there, whatever the node is like. */
export function ownAnchor({ instance, vm, host }: OwnAnchor): AnchorOrder {
  const requests = requestsOf(vm);
  if (host !== undefined) {
    const name = anchorName({ instance, purpose: `host/${host}` });
    return { name, requests, nodeSelector: {}, onlyOn: host };
  }
  const nodeSelector = { ...vm.hardware.nodeSelector, [VM_HOST_LABEL]: 'true' };
  return { name: anchorName({ instance, purpose: 'home' }), requests, nodeSelector };
}

interface DestinationAnchor extends Omit<OwnAnchor, 'host'> {
  readonly migrationUid: string;
  readonly source: string | undefined;
  readonly nodeName: string | undefined;
  /** Labels that the migration asks of its destination, and those that the gate does. */
  readonly labels: Readonly<Record<string, string>>;
}

/** The anchor that finds the destination of a LiveMigration. */
export function destinationAnchor(props: DestinationAnchor): AnchorOrder {
  const { instance, vm, migrationUid, source, nodeName, labels } = props;
  return {
    name: anchorName({ instance, purpose: `migration/${migrationUid}` }),
    migrationUid,
    requests: requestsOf(vm),
    nodeSelector: { ...vm.hardware.nodeSelector, ...labels, [VM_HOST_LABEL]: 'true' },
    ...(nodeName !== undefined && { onlyOn: nodeName }),
    ...(source !== undefined && { notOn: source }),
  };
}
