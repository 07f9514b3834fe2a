import * as z from 'zod';

const Named = z.looseObject({ name: z.string() });
const Bus = z.looseObject({ bus: z.string().optional() });

/** Of a VirtualMachineInstance spec, what has a portable field. */
const Vmi = z.object({
  nodeSelector: z.record(z.string(), z.string()).optional(),
  domain: z
    .object({
      cpu: z.object({ cores: z.int().optional() }).optional(),
      memory: z.object({ guest: z.string().optional() }).optional(),
      machine: z.object({ type: z.string().optional() }).optional(),
      firmware: z.object({ bootloader: z.object({ efi: z.unknown() }).optional() }).optional(),
      devices: z
        .object({
          disks: z.array(Named.extend({ disk: Bus.optional(), cdrom: Bus.optional() })).default([]),
          interfaces: z.array(Named).default([]),
        })
        .prefault({}),
    })
    .prefault({}),
  volumes: z
    .array(
      Named.extend({
        persistentVolumeClaim: z.object({ claimName: z.string() }).optional(),
        dataVolume: z.object({ name: z.string() }).optional(),
        containerDisk: z.object({ image: z.string() }).optional(),
        cloudInitNoCloud: z.object({ secretRef: z.object({ name: z.string() }).optional() }).optional(),
      }),
    )
    .default([]),
});
type Vmi = z.infer<typeof Vmi>;
type Volume = Vmi['volumes'][number];

/**
 * The portable fields of an Instance that come nearest to a VirtualMachineInstance spec: the inverse of render.ts, and
 * only held to it by whoever renders the result again and compares.
 */
export function portableSpecOf(spec: unknown): object {
  const parsed = Vmi.safeParse(spec);
  if (!parsed.success) return {};
  const { nodeSelector, domain, volumes } = parsed.data;
  const { cpu, memory, machine, firmware, devices } = domain;
  const networks = devices.interfaces.map(({ name }) => ({ name, podNetwork: {} }));
  return {
    cpu: { cores: cpu?.cores ?? 1 },
    memory: memory?.guest,
    machine: { type: machine?.type, firmware: firmware?.bootloader === undefined ? 'BIOS' : 'UEFI' },
    disks: devices.disks.map(({ name, disk, cdrom }) => ({
      name,
      device: cdrom === undefined ? 'Disk' : 'CDROM',
      ...busOf(cdrom ?? disk),
      source: sourceOf(volumes.find((volume) => volume.name === name)),
    })),
    ...(networks.length > 0 && { networks }),
    ...(nodeSelector !== undefined && { placement: { nodeSelector } }),
  };
}

function busOf(device: { readonly bus?: string | undefined } | undefined): object {
  return device?.bus === undefined ? {} : { bus: device.bus };
}

function sourceOf(volume: Volume | undefined): object {
  const { persistentVolumeClaim, dataVolume, containerDisk, cloudInitNoCloud } = volume ?? {};
  const secretName = cloudInitNoCloud?.secretRef?.name;
  return {
    ...(persistentVolumeClaim !== undefined && { persistentVolumeClaim }),
    ...(dataVolume !== undefined && { dataVolume }),
    ...(containerDisk !== undefined && { containerDisk }),
    ...(secretName !== undefined && { cloudInit: { secretName } }),
  };
}
