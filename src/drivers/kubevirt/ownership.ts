import { GROUP, INSTANCE_UID_LABEL } from '../../api/names.ts';
import type { Ownership } from '../../domain/observed.ts';
import type { ClaimOrder } from '../driver.ts';
import { ownerOf } from './render.ts';
import type { Owner, VirtualMachine } from './resources.ts';

/** Whose a VM is. The garbage collector goes by the owner reference, so where there is one, it is what counts. */
export function ownershipOf({ metadata }: VirtualMachine): Ownership {
  const { labels, ownerReferences = [] } = metadata;
  const owner = ownerReferences.find(isInstance);
  if (owner !== undefined) return { kind: 'Instance', uid: owner.uid, deletionPolicy: 'Delete' };
  const controller = ownerReferences.find((reference) => reference.controller === true);
  if (controller !== undefined) return { kind: 'Other', controller: `${controller.kind} ${controller.name}` };
  const uid = labels?.[INSTANCE_UID_LABEL];
  return uid === undefined ? { kind: 'Nobody' } : { kind: 'Instance', uid, deletionPolicy: 'Retain' };
}

function isInstance({ apiVersion, kind }: Owner): boolean {
  return kind === 'Instance' && apiVersion.startsWith(`${GROUP}/`);
}

/**
 * A merge patch that says whose a VM is; `undefined`: it says so already. Not a server-side apply: one that names the
 * metadata alone would give up the template, which is ours as well. What the VM boots is not in it.
 */
export function claimPatch({ metadata, spec }: VirtualMachine, order: ClaimOrder): object | undefined {
  const { ownerReferences = [], labels, uid, resourceVersion } = metadata;
  const others = ownerReferences.filter((owner) => !isInstance(owner));
  const owned = isOwnedAs(order, ownerReferences.filter(isInstance));
  if (owned && labels?.[INSTANCE_UID_LABEL] === order.instanceUid) return undefined;
  const own = order.deletionPolicy === 'Delete' ? [ownerOf(order)] : [];
  return {
    metadata: {
      uid,
      // The list is replaced as a whole: where others are in it, it must be the one that was read. KubeVirt writes to a
      // VM that starts many times a second, so nothing else may depend on the version.
      ...(others.length > 0 && { resourceVersion }),
      labels: { [INSTANCE_UID_LABEL]: order.instanceUid },
      ...(!owned && { ownerReferences: [...others, ...own] }),
    },
    ...inOurWords(spec),
  };
}

function isOwnedAs({ deletionPolicy, instanceUid }: ClaimOrder, owners: readonly Owner[]): boolean {
  const wanted = deletionPolicy === 'Delete' ? [instanceUid] : [];
  return owners.map(({ uid }) => uid).join() === wanted.join();
}

/** The older way to say whether it runs can't stand beside the one that is applied later; this means the same. */
function inOurWords({ running }: VirtualMachine['spec']): object {
  return running == null ? {} : { spec: { running: null, runStrategy: running ? 'Always' : 'Halted' } };
}
