import type { V1VirtualMachineInstanceTemplateSpec } from '@kubevirt-ui-ext/kubevirt-api/kubevirt';
import * as z from 'zod';
import { RESCUE_CREDENTIALS_DISK } from '../../api/names.ts';
import { diskSerial } from '../../domain/identity.ts';
import type { Failure } from '../../domain/outcome.ts';
import type { NativeHardware, RenderedVm } from '../../domain/vm.ts';
import { driverErrors } from '../driver-errors.ts';
import { diskOf, seedFrom, volumeOf } from './disks.ts';

const Device = z.looseObject({ name: z.string(), bootOrder: z.int().optional() });
const Volume = z.looseObject({
  name: z.string(),
  cloudInitNoCloud: z.unknown().optional(),
  cloudInitConfigDrive: z.unknown().optional(),
});
const Texts = z.record(z.string(), z.string());

/** The parts of a VirtualMachineInstance template that we complete; all others are kept as they are given. */
const Template = z.looseObject({
  metadata: z.looseObject({ labels: Texts.optional(), annotations: Texts.optional() }).optional(),
  spec: z.looseObject({
    domain: z.looseObject({
      firmware: z.looseObject({ uuid: z.string().optional(), serial: z.string().optional() }).optional(),
      devices: z
        .looseObject({ disks: z.array(Device).optional(), interfaces: z.array(Device).optional() })
        .default({}),
    }),
    volumes: z.array(Volume).optional(),
    nodeSelector: Texts.optional(),
  }),
});
type Template = z.infer<typeof Template>;
type Spec = Template['spec'];
type Device = z.infer<typeof Device>;
type Volume = z.infer<typeof Volume>;
type Rescue = NonNullable<NativeHardware['rescue']>;

export interface RenderedTemplate {
  readonly kind: 'Rendered';
  readonly template: V1VirtualMachineInstanceTemplateSpec;
}

/** What every template of ours carries. */
export interface Completion {
  readonly metadata: {
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly identity: RenderedVm['identity'];
  readonly evictionStrategy: string;
}

/**
 * The user's template with what must be in it: our labels, and the identity where the template doesn't say it. In rescue
 * it is laid out for the rescue disk. Rejected: it is no VirtualMachineInstance template.
 */
export function completeNativeTemplate(
  { template, rescue, nodeSelector }: NativeHardware,
  { metadata, identity, evictionStrategy }: Completion,
): RenderedTemplate | Failure {
  const parsed = Template.safeParse(template);
  if (!parsed.success) {
    return driverErrors.rejected(`spec.kubevirt.template can't be used: ${z.prettifyError(parsed.error)}`);
  }
  const { metadata: given, spec: own } = parsed.data;
  const identified = withIdentity(own, identity);
  const spec = rescue === undefined ? identified : forRescue(identified, rescue, identity);
  const selector = { ...nodeSelector, ...spec.nodeSelector };
  const completed = {
    ...parsed.data,
    metadata: {
      ...given,
      labels: { ...given?.labels, ...metadata.labels },
      annotations: { ...given?.annotations, ...metadata.annotations },
    },
    spec: {
      ...spec,
      evictionStrategy,
      ...(Object.keys(selector).length > 0 && { nodeSelector: selector }),
    },
  };
  return { kind: 'Rendered', template: completed as V1VirtualMachineInstanceTemplateSpec };
}

function withIdentity(spec: Spec, { firmwareUUID, serial, macAddresses }: RenderedVm['identity']): Spec {
  const { domain } = spec;
  const interfaces = domain.devices.interfaces?.map((device) => {
    const macAddress = macAddresses[device.name];
    return macAddress === undefined ? device : { macAddress, ...device };
  });
  const firmware = { uuid: firmwareUUID, serial, ...domain.firmware };
  const devices = { ...domain.devices, ...(interfaces && { interfaces }) };
  return { ...spec, domain: { ...domain, firmware, devices } };
}

/**
 * "Stable device rescue": the own disks keep their places, the rescue disk comes last and is booted first. Any other boot
 * order, and a kernel that is booted directly, would come before it or be refused.
 */
function forRescue(spec: Spec, rescue: Rescue, identity: Completion['identity']): Spec {
  const { domain } = spec;
  const { disks = [], interfaces } = domain.devices;
  const volumes = replaceSeeds(spec.volumes ?? [], rescue.credentialsSecret);
  const dropped = (spec.volumes ?? []).filter(({ name }) => !volumes.some((kept) => kept.name === name));
  const kept = disks.filter(({ name }) => !dropped.some((volume) => volume.name === name));
  const added = addedDisks(spec.volumes ?? [], rescue, identity);
  const devices = {
    ...domain.devices,
    disks: [...kept.map(withoutBootOrder), ...added.map(diskOf)],
    ...(interfaces && { interfaces: interfaces.map(withoutBootOrder) }),
  };
  return {
    // They are written into the own system's cloud-init seed, and KubeVirt refuses them without one.
    ...without(spec, 'accessCredentials'),
    domain: { ...domain, firmware: without(domain.firmware ?? {}, 'kernelBoot'), devices },
    volumes: [...volumes, ...added.flatMap((disk) => volumeOf(disk) ?? [])],
  };
}

/** The rescue system must not run the VM's own user data: its first seed gives way to the credentials, others go. */
function replaceSeeds(volumes: readonly Volume[], secretName: string | undefined): Volume[] {
  const first = volumes.find(isSeed);
  return volumes.flatMap((volume) => {
    if (!isSeed(volume)) return volume;
    return volume === first && secretName !== undefined ? { name: volume.name, ...seedFrom(secretName) } : [];
  });
}

function isSeed({ cloudInitNoCloud, cloudInitConfigDrive }: Volume): boolean {
  return cloudInitNoCloud !== undefined || cloudInitConfigDrive !== undefined;
}

function addedDisks(
  volumes: readonly Volume[],
  { disk, credentialsSecret }: Rescue,
  identity: Completion['identity'],
): Rescue['disk'][] {
  if (credentialsSecret === undefined || volumes.some(isSeed)) return [disk];
  const name = RESCUE_CREDENTIALS_DISK;
  const source = { cloudInit: { secretName: credentialsSecret } };
  return [{ name, serial: diskSerial(identity, name), device: 'CDROM', bus: 'sata', source }, disk];
}

function withoutBootOrder(device: Device): Device {
  return without(device, 'bootOrder');
}

function without<T extends object>(object: T, field: string): T {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== field)) as T;
}
