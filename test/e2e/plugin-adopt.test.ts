import { beforeAll, describe, expect, it } from '@jest/globals';
import { install } from '../support/install.ts';
import { Plugin } from '../support/plugin.ts';
import { Machines } from './machines.ts';
import { conditionOf } from './play.ts';
import { useStage } from './use-stage.ts';

const RBAC = 'rbac.authorization.k8s.io';
const STORY = 120_000;

const VM = {
  firmware: { uuid: 'aaaaaaaa-0000-4000-8000-000000000001', serial: 'FOREIGN-1' },
  macAddress: '52:54:00:12:34:56',
};

describe('kubectl medevac adopt, on KubeVirt', () => {
  const scene = useStage('old');
  let plugin: Plugin;
  let machines: Machines;

  beforeAll(async () => {
    const { admin, controlPlane, namespace, user } = scene.stage;
    plugin = await Plugin.install(controlPlane);
    machines = new Machines(admin, namespace);
    const metadata = { name: 'vm-editor', namespace };
    const rules = [
      {
        apiGroups: ['kubevirt.io'],
        resources: ['virtualmachines', 'virtualmachineinstances'],
        verbs: ['get', 'list', 'create', 'update'],
      },
    ];
    const roleRef = { apiGroup: RBAC, kind: 'Role', name: 'vm-editor' };
    const subjects = [{ kind: 'User', apiGroup: RBAC, name: user }];
    await install(admin, [
      { apiVersion: `${RBAC}/v1`, kind: 'Role', metadata, rules } as never,
      { apiVersion: `${RBAC}/v1`, kind: 'RoleBinding', metadata, roleRef, subjects } as never,
    ]);
  });

  const adopt = (...args: string[]) =>
    plugin.run(['adopt', ...args, '-n', scene.stage.namespace], { user: scene.stage.user });

  it(
    'writes an Instance that takes a VM over without a restart, and keeps all of it through a rescue',
    async () => {
      const { name } = scene.act();
      await machines.create(name, VM);
      const before = await machines.running(name);
      const stored = await machines.vm(name);

      const { code, stdout, stderr } = await adopt(name);

      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect((await machines.vm(name)).metadata.generation).toBe(stored.metadata.generation);
      expect(stdout).toBe(`${MANIFEST.join('\n').replaceAll('NAME', name)}\n`);

      const applied = await adopt(name, '-o', 'json');
      expect(applied.stderr).toContain('it is not restarted');
      await scene.play.accepted(['apply', '-f', '-'], JSON.parse(applied.stdout));

      const adopted = await scene.play.settled('Running');
      expect(conditionOf(adopted, 'RestartPending')).toMatchObject({ status: 'True', reason: 'Adopted' });
      expect(adopted.status?.resolved?.identity).toMatchObject({ firmwareUUID: VM.firmware.uuid });
      expect((await machines.running(name)).metadata.uid).toBe(before.metadata.uid);
      expect((await machines.vm(name)).metadata.generation).toBe(stored.metadata.generation);

      const medevac = (...args: string[]) =>
        plugin.run([...args, '-n', scene.stage.namespace, '--wait'], { user: scene.stage.user });
      expect((await medevac('rescue', name, '--image', 'registry.example/rescue:1')).code).toBe(0);
      expect((await medevac('unrescue', name)).code).toBe(0);
      const guest = await machines.running(name);
      expect(guest.spec.domain.firmware).toMatchObject(VM.firmware);
      expect(guest.spec.domain.devices.interfaces).toMatchObject([{ macAddress: VM.macAddress }]);
      await scene.play.instance(
        'it runs as its spec says',
        (instance) =>
          instance.status?.state === 'Running' && conditionOf(instance, 'RestartPending')?.status === 'False',
      );
    },
    STORY,
  );

  it(
    'says that there is no such VM, and that one belongs to an Instance',
    async () => {
      expect(await adopt('nobody')).toEqual({
        code: 1,
        stdout: '',
        stderr:
          'error: There is no VirtualMachine team-a/nobody. kubectl get virtualmachines -n team-a shows those that there are.\n',
      });
      const { name } = scene.act();
      await scene.play.running();
      expect(await adopt(name)).toEqual({
        code: 1,
        stdout: '',
        stderr: `error: VirtualMachine team-a/${name} belongs to an Instance already. kubectl medevac list -n team-a shows it.\n`,
      });
    },
    STORY,
  );
});

/** As it is printed for a VM that KubeVirt has completed. */
const MANIFEST = [
  '# Takes VirtualMachine team-a/NAME over when it is applied: it is not restarted, and keeps its identity.',
  '# Who applies it needs the right to update VirtualMachines in the namespace, and to create them.',
  '# It has the template of the VM, because portable fields would change these of it, or have no words for them:',
  '#   spec.template.spec.terminationGracePeriodSeconds',
  '#   spec.template.spec.domain.cpu',
  '#   spec.template.spec.domain.devices.disks[0].serial',
  '#   spec.template.spec.domain.devices.disks[0].bootOrder',
  '#   spec.template.spec.domain.devices.interfaces[0].model',
  '#   spec.template.metadata',
  '# At the next start, rescue or unrescue these become:',
  '#   spec.template.spec.evictionStrategy: (none) -> "External"',
  'apiVersion: compute.medevac.dev/v1beta1',
  'kind: Instance',
  'metadata:',
  '  name: NAME',
  '  namespace: team-a',
  '  annotations:',
  '    compute.medevac.dev/adopt: "true"',
  'spec:',
  '  powerState: Running',
  '  deletionPolicy: Retain',
  '  kubevirt:',
  '    template:',
  '      metadata:',
  '        annotations:',
  '          kubevirt.io/pci-topology-version: v3',
  '      spec:',
  '        architecture: amd64',
  '        domain:',
  '          devices:',
  '            interfaces:',
  '              - macAddress: 52:54:00:12:34:56',
  '                name: default',
  '                masquerade: {}',
  '            disks:',
  '              - disk:',
  '                  bus: virtio',
  '                name: root',
  '          firmware:',
  '            serial: FOREIGN-1',
  '            uuid: aaaaaaaa-0000-4000-8000-000000000001',
  '          machine:',
  '            type: q35',
  '          memory:',
  '            guest: 1Gi',
  '          resources: {}',
  '        networks:',
  '          - name: default',
  '            pod: {}',
  '        volumes:',
  '          - containerDisk:',
  '              image: registry.example/root:1',
  '            name: root',
];
