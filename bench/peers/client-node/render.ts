import { createHash } from 'node:crypto';
import type { Instance } from './kinds.ts';

/** Travels from the template of a VM to what runs: a fingerprint of what was booted. */
export const BOOT = 'bench.medevac.dev/boot';
const OWNER_LABEL = 'bench.medevac.dev/instance';

/** The VM of an Instance, as it is applied, and the fingerprint of its template. */
export function render(instance: Instance): { vm: object; boot: string } {
  const { name = '', namespace = '', uid = '' } = instance.metadata;
  const spec = templateSpec(instance);
  const boot = createHash('sha256').update(JSON.stringify(spec)).digest('hex').slice(0, 16);
  const isHalted = instance.spec.powerState === 'Stopped' && instance.spec.rescue === undefined;
  const labels = { [OWNER_LABEL]: uid };
  const owner = { apiVersion: 'compute.medevac.dev/v1beta1', kind: 'Instance', name, uid };
  const vm = {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: {
      name,
      namespace,
      labels,
      ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: true }],
    },
    spec: {
      runStrategy: isHalted ? 'Halted' : 'Always',
      template: { metadata: { labels, annotations: { [BOOT]: boot } }, spec },
    },
  };
  return { vm, boot };
}

function templateSpec({ metadata: { uid = '' }, spec }: Instance): object {
  const { cpu, memory, disks = [], networks = [], rescue } = spec;
  const own = disks.map(({ name, bus = 'virtio' }, index) => ({
    name,
    serial: `${uid.slice(0, 8)}-${name}`,
    disk: { bus },
    ...(rescue === undefined && { bootOrder: index + 1 }),
  }));
  const added = rescue === undefined ? [] : [{ name: 'rescue', source: rescue.source }];
  // The rescue disk stands behind the instance's own ones and is booted from.
  const rescueDisks = added.map(({ name }) => ({ name, cdrom: { bus: 'sata' }, bootOrder: 1 }));
  return {
    evictionStrategy: 'External',
    terminationGracePeriodSeconds: 60,
    domain: {
      machine: { type: 'q35' },
      firmware: { uuid: uid, serial: uid },
      cpu: { cores: cpu?.cores ?? 1 },
      memory: { guest: memory },
      devices: {
        disks: [...own, ...rescueDisks],
        interfaces: networks.map(({ name }) => ({ name, model: 'virtio', masquerade: {} })),
      },
    },
    networks: networks.map(({ name }) => ({ name, pod: {} })),
    volumes: [...disks, ...added].map(({ name, source }) => ({ name, ...source })),
  };
}
