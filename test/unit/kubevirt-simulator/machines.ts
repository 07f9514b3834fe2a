import type { Migration, VirtualMachine } from '../../kubevirt-simulator/objects/kinds.ts';

export function machine(name = 'vm-a', spec: Partial<VirtualMachine['spec']> = {}): VirtualMachine {
  return {
    metadata: { namespace: 'vms', name },
    spec: {
      runStrategy: 'Always',
      template: {
        spec: {
          domain: {
            memory: { guest: '128Mi' },
            devices: { disks: [{ name: 'root', disk: { bus: 'virtio' } }] },
          },
          volumes: [{ name: 'root', containerDisk: { image: 'demo/root:1' } }],
        },
      },
      ...spec,
    },
  };
}

export function migration(name = 'mig-a', vmiName = 'vm-a'): Migration {
  return { metadata: { namespace: 'vms', name }, spec: { vmiName } };
}
