import type {
  V1Firmware,
  V1VirtualMachine,
  V1VirtualMachineInstanceSpec,
} from '@kubevirt-ui-ext/kubevirt-api/kubevirt';
import {
  GROUP,
  INSTANCE_UID_LABEL,
  MODE_ANNOTATION,
  RESCUED_LABEL,
  SESSION_ANNOTATION,
  SPEC_HASH_ANNOTATION,
  STORAGE_VERSION,
} from '../../api/names.ts';
import type { Failure } from '../../domain/outcome.ts';
import type { PortableHardware, RenderedVm } from '../../domain/vm.ts';
import type { OwnerReference } from '../../kube/resource.ts';
import { driverErrors } from '../driver-errors.ts';
import type { VmOrder } from '../driver.ts';
import { diskOf, volumeOf } from './disks.ts';
import { completeNativeTemplate, type RenderedTemplate } from './native-template.ts';

/** A VirtualMachine as it is applied: the fields that are ours, and no others. */
export type AppliedVirtualMachine = V1VirtualMachine & {
  readonly metadata: { readonly name: string; readonly namespace: string };
};

/** A drain of the node is ours to carry out: KubeVirt refuses the eviction and moves nothing by itself. */
const EVICTION_STRATEGY = 'External';
/** How long a guest that is asked to shut down may take; Nova's default. Seconds. */
const SHUTDOWN_SECONDS = 60;

/** Renders what is applied for a VM. Pure: equal orders give equal objects. Rejected: KubeVirt has no words for it. */
export function renderVirtualMachine(
  order: VmOrder,
): { kind: 'Rendered'; vm: AppliedVirtualMachine } | Failure {
  const rendered = renderTemplate(order);
  if (rendered.kind !== 'Rendered') return rendered;
  const { key, instanceUid, power, deletionPolicy } = order;
  const vm = {
    metadata: {
      name: key.name,
      namespace: key.namespace,
      labels: { [INSTANCE_UID_LABEL]: instanceUid },
      ...(deletionPolicy === 'Delete' && { ownerReferences: [ownerOf(order)] }),
    },
    spec: { runStrategy: power === 'On' ? 'Always' : 'Halted', template: rendered.template },
  };
  return { kind: 'Rendered', vm };
}

/** The owner may go first (`blockOwnerDeletion`), so that no right on its finalizers is needed. */
export function ownerOf({ key, instanceUid }: Pick<VmOrder, 'key' | 'instanceUid'>): OwnerReference {
  return {
    apiVersion: `${GROUP}/${STORAGE_VERSION}`,
    kind: 'Instance',
    name: key.name,
    uid: instanceUid,
    controller: true,
    blockOwnerDeletion: false,
  };
}

type Templated = Pick<VmOrder, 'vm' | 'instanceUid'>;

/** KubeVirt copies both to the VirtualMachineInstance: what runs says how it was booted. */
function templateMetadata({ vm: { boot }, instanceUid }: Templated) {
  return {
    labels: {
      [INSTANCE_UID_LABEL]: instanceUid,
      ...(boot.mode === 'Rescue' && { [RESCUED_LABEL]: 'true' }),
    },
    annotations: {
      [MODE_ANNOTATION]: boot.mode,
      [SESSION_ANNOTATION]: boot.session,
      [SPEC_HASH_ANNOTATION]: boot.specHash,
    },
  };
}

/** Renders what a boot is made of. Pure. Rejected: KubeVirt has no words for it. */
export function renderTemplate(order: Templated): RenderedTemplate | Failure {
  const { hardware, identity } = order.vm;
  const metadata = templateMetadata(order);
  if (hardware.kind === 'Native') {
    return completeNativeTemplate(hardware, { metadata, identity, evictionStrategy: EVICTION_STRATEGY });
  }
  const unknown = hardware.disks.find((disk) => volumeOf(disk) === undefined);
  if (unknown !== undefined) {
    const sources = Object.keys(unknown.source).join(', ');
    return driverErrors.rejected(
      `Disk "${unknown.name}": the driver kubevirt has no disk source ${sources}.`,
    );
  }
  return { kind: 'Rendered', template: { metadata, spec: portableSpec(hardware, identity) } };
}

function portableSpec(
  hardware: PortableHardware,
  identity: RenderedVm['identity'],
): V1VirtualMachineInstanceSpec {
  const { cores, memory, machineType, disks, networks, nodeSelector } = hardware;
  return {
    evictionStrategy: EVICTION_STRATEGY,
    terminationGracePeriodSeconds: SHUTDOWN_SECONDS,
    ...(Object.keys(nodeSelector).length > 0 && { nodeSelector: { ...nodeSelector } }),
    domain: {
      machine: { type: machineType },
      firmware: firmwareOf(hardware, identity),
      cpu: { cores },
      memory: { guest: memory },
      devices: {
        disks: disks.map(diskOf),
        // Without it KubeVirt gives a VM that has no network one of its own.
        ...(networks.length === 0 && { autoattachPodInterface: false }),
        interfaces: networks.map(({ name, macAddress }) => ({
          name,
          macAddress,
          model: 'virtio',
          masquerade: {},
        })),
      },
    },
    networks: networks.map(({ name }) => ({ name, pod: {} })),
    volumes: disks.flatMap((disk) => volumeOf(disk) ?? []),
  };
}

function firmwareOf({ firmware }: PortableHardware, identity: RenderedVm['identity']): V1Firmware {
  return {
    uuid: identity.firmwareUUID,
    serial: identity.serial,
    // Secure boot would refuse a rescue system that nobody has signed for this machine.
    ...(firmware === 'UEFI' && { bootloader: { efi: { secureBoot: false } } }),
  };
}
