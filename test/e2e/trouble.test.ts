import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Instance } from '../../src/api/instance.ts';
import { ResourceClient } from '../../src/kube/resource-client.ts';
import { aDisk, anInstance, aRescue, type InstanceOptions } from '../builders/instance.ts';
import { requestsOf } from '../support/evidence.ts';
import { OPERATOR_USER } from '../support/installed-control-plane.ts';
import { kubectl } from '../support/kubectl.ts';
import { raiseStage, type Stage } from '../support/stage.ts';
import { waitFor } from '../support/wait.ts';
import { Machines } from './machines.ts';

const TIMEOUT = 120_000;
let stage: Stage;

beforeAll(async () => {
  stage = await raiseStage('kubevirt');
}, TIMEOUT);
afterAll(() => stage.close(), TIMEOUT);

const IMAGE_DISK = aDisk({ source: { containerDisk: { image: 'registry.example/os:1' } } });

function manifest(name: string, spec: InstanceOptions['spec'] = {}) {
  return anInstance({ name, namespace: stage.namespace, spec: { disks: [IMAGE_DISK], ...spec } });
}

async function apply(object: object): Promise<void> {
  const { code, stderr } = await stage.kubectl(['apply', '-f', '-'], object);
  if (code !== 0) throw new Error(stderr);
}

async function get(name: string): Promise<Instance> {
  const { stdout } = await stage.kubectl(['get', 'inst', name, '-n', stage.namespace, '-o', 'json']);
  return JSON.parse(stdout) as Instance;
}

function condition({ status }: Instance, type: string) {
  return status?.conditions?.find((one) => one.type === type);
}

function until(name: string, what: string, holds: (instance: Instance) => boolean): Promise<Instance> {
  const look = async () => {
    const instance = await get(name);
    return holds(instance) && instance;
  };
  return waitFor(`${name}: ${what}`, look, { timeoutMs: 45_000, intervalMs: 200 });
}

const untilReason = (name: string, reason: string) =>
  until(name, reason, (instance) => condition(instance, 'Ready')?.reason === reason);

async function events(name: string, reason: string): Promise<string> {
  const selector = `involvedObject.name=${name},reason=${reason}`;
  const { stdout } = await stage.kubectl([
    'get',
    'events',
    '-n',
    stage.namespace,
    '--field-selector',
    selector,
  ]);
  return stdout;
}

describe('what the driver cannot honour is refused at once', () => {
  it.each([
    {
      name: 'two pod networks',
      spec: { networks: ['a', 'b'].map((network) => ({ name: network, podNetwork: {} })) },
      want: /Driver kubevirt of Instance team-a\/refused cannot honour spec\.networks\[1\]\.podNetwork\./,
    },
    {
      name: "the address of KubeVirt's bridge",
      spec: { identity: { macAddresses: { default: '02:00:00:00:00:00' } } },
      want: /Driver kubevirt of Instance team-a\/refused cannot honour spec\.identity\.macAddresses\.default\./,
    },
    {
      name: 'a driver that is not there',
      spec: { driver: 'libvirt' as const },
      want: /Instance team-a\/refused names driver libvirt, which this operator was not started with\./,
    },
  ])('$name', async ({ spec, want }) => {
    const { code, stderr } = await stage.kubectl(['apply', '-f', '-'], manifest('refused', spec));
    expect(code).toBe(1);
    expect(stderr).toMatch(want);
  });
});

/** The story of a condition that names what is to blame and what to do, told by an Event as well. */
async function stuckFor(name: string, reason: string, message: string | RegExp): Promise<Instance> {
  const stuck = await untilReason(name, reason);
  const ready = condition(stuck, 'Ready');
  expect(ready?.message).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
  expect(condition(stuck, 'Reconciling')).toMatchObject({ status: 'True', reason, message: ready?.message });
  expect(condition(stuck, 'Stalled')?.status).toBe('False');
  await waitFor(`an Event tells ${reason}`, async () => (await events(name, reason)) !== '');
  return stuck;
}

/** Time passes: what is being done was begun five minutes ago, for all that the operator knows. */
async function putBackClock(name: string): Promise<void> {
  const operating = await until(name, 'an operation', ({ status }) => status?.operation !== undefined);
  const startedAt = new Date(
    Date.parse(operating.status?.operation?.startedAt ?? '') - 300_000,
  ).toISOString();
  const patch = JSON.stringify({ status: { operation: { startedAt } } });
  const args = [
    'patch',
    'inst',
    name,
    '-n',
    stage.namespace,
    '--subresource=status',
    '--type=merge',
    '-p',
    patch,
  ];
  const { code, stderr } = await kubectl(stage.controlPlane, args);
  if (code !== 0) throw new Error(stderr);
}

/** Waits until the kubelet has told that a Secret is missing. */
const mountFails = (secret: string) =>
  waitFor('the kubelet tells it', async () => {
    const args = ['get', 'events', '-n', stage.namespace, '--field-selector', 'reason=FailedMount'];
    return (await stage.kubectl(args)).stdout.includes(`secret "${secret}" not found`);
  });

const createSecret = (name: string) =>
  apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: stage.namespace } });

/** The requests of the operator about an Instance, or its VM. */
async function requestsAbout(name: string, since: number): Promise<string[]> {
  const log = await stage.controlPlane.auditLog();
  return requestsOf(log, { user: OPERATOR_USER, since, until: Date.now() })
    .filter(({ objectRef }) => objectRef?.name === name)
    .map(({ verb, objectRef }) =>
      [`${verb} ${objectRef?.resource ?? ''}`, objectRef?.subresource].filter(Boolean).join('/'),
    );
}

describe('what is missing, and comes later', () => {
  it(
    'a Secret with user data: KubeVirt says nothing of it, so what the boot needs is named after two minutes',
    async () => {
      const seed = {
        name: 'seed',
        device: 'CDROM' as const,
        source: { cloudInit: { secretName: 'late-userdata' } },
      };
      await apply(manifest('no-secret', { disks: [IMAGE_DISK, seed] }));
      await mountFails('late-userdata');
      await putBackClock('no-secret');
      const stuck = await stuckFor(
        'no-secret',
        'BootTakesLong',
        'Instance team-a/no-secret has been booting for more than 120 s, and the backend does not say why. ' +
          'Check that Secret "late-userdata" is there; it goes on by itself then.',
      );
      expect(stuck.status?.state).toBe('Starting');

      await createSecret('late-userdata');

      await untilReason('no-secret', 'Running');
    },
    TIMEOUT,
  );

  it(
    'a Secret with the credentials of a rescue',
    async () => {
      await apply(manifest('no-login'));
      await untilReason('no-login', 'Running');
      const rescue = aRescue({ credentials: { secretName: 'late-login' } });
      await apply(manifest('no-login', { rescue }));
      await mountFails('late-login');
      await putBackClock('no-login');
      const stuck = await stuckFor(
        'no-login',
        'BootTakesLong',
        'Instance team-a/no-login has been booting its rescue system for more than 120 s, and the backend does not say why. ' +
          'Check that Secret "late-login" is there; it goes on by itself then.',
      );
      expect(stuck.status?.state).toBe('Rescuing');

      await createSecret('late-login');

      await untilReason('no-login', 'Rescued');
    },
    TIMEOUT,
  );

  it(
    'a claim',
    async () => {
      const since = Date.now();
      const source = { persistentVolumeClaim: { claimName: 'late-claim' } };
      await apply(manifest('awaits-claim', { disks: [aDisk({ source })] }));
      const stuck = await stuckFor(
        'awaits-claim',
        'ClaimNotFound',
        /claim "late-claim" is not there\. Create it/,
      );
      expect(stuck.status?.state).toBe('Starting');
      // Another one comes up meanwhile: the operator has had time to ask for more.
      await apply(manifest('beside-claim'));
      await untilReason('beside-claim', 'Running');
      // The lock, the VM, and what it waits for; KubeVirt's own attempts cost us nothing.
      expect(await requestsAbout('awaits-claim', since)).toEqual([
        'update instances/status',
        'patch virtualmachines',
        'update instances/status',
      ]);

      await new Machines(stage.admin, stage.namespace).createClaim('late-claim');

      await untilReason('awaits-claim', 'Running');
    },
    TIMEOUT,
  );
});

describe('a VM that can not come up says why, and goes on when that is mended', () => {
  it(
    'a claim that is not there',
    async () => {
      await apply(
        manifest('no-claim', {
          disks: [aDisk({ source: { persistentVolumeClaim: { claimName: 'late' } } })],
        }),
      );
      const stuck = await untilReason('no-claim', 'ClaimNotFound');
      expect(condition(stuck, 'Ready')?.message).toBe(
        'Instance team-a/no-claim can\'t boot: claim "late" is not there. Create it, or name another in spec.disks; ' +
          "it goes on by itself then. (kubevirt: failed to render launch manifest: didn't find PVC late)",
      );
      expect(stuck.status?.state).toBe('Starting');
      expect(condition(stuck, 'Reconciling')).toMatchObject({ status: 'True', reason: 'ClaimNotFound' });
      expect(condition(stuck, 'Stalled')?.status).toBe('False');
      await waitFor('the Event', async () =>
        (await events('no-claim', 'ClaimNotFound')).includes('claim "late"'),
      );

      await apply(manifest('no-claim', { disks: [IMAGE_DISK] }));
      await untilReason('no-claim', 'Running');
    },
    TIMEOUT,
  );

  it(
    'a rescue image that can not be pulled, left by removing the rescue',
    async () => {
      stage.simulator?.setImageMissing('registry.example/missing:1', true);
      await apply(manifest('no-image'));
      await untilReason('no-image', 'Running');
      const rescue = aRescue({ source: { containerDisk: { image: 'registry.example/missing:1' } } });
      await apply(manifest('no-image', { rescue }));
      const stuck = await untilReason('no-image', 'ImagePullFailed');
      expect(stuck.status?.state).toBe('Rescuing');
      expect(condition(stuck, 'Reconciling')?.message).toContain(
        'can\'t boot its rescue system: image "registry.example/missing:1" can\'t be pulled. ' +
          'Name another in spec.rescue.source, make it available to the nodes, or remove spec.rescue; it goes on by itself then.',
      );
      await apply(manifest('no-image'));
      await untilReason('no-image', 'Running');
    },
    TIMEOUT,
  );

  it(
    'a rescue system that does not boot, left by removing the rescue: halted first, so that no pause of KubeVirt counts',
    async () => {
      await apply(manifest('no-boot'));
      await untilReason('no-boot', 'Running');
      stage.simulator?.fail('team-a/no-boot', { doesNotBoot: true });
      await apply(manifest('no-boot', { rescue: aRescue() }));
      const stuck = await stuckFor(
        'no-boot',
        'BootFailed',
        /^Instance team-a\/no-boot can't boot its rescue system: the VM ends before it runs\. Name another rescue system in spec\.rescue\.source, or remove spec\.rescue; it goes on by itself then\. \(kubevirt: The VM ended before it ran, \d+ time\(s\) in a row/,
      );
      expect(stuck.status?.state).toBe('Rescuing');
      stage.simulator?.fail('team-a/no-boot', {});
      const strategies = await new Machines(stage.admin, stage.namespace).strategiesOf('no-boot');

      await apply(manifest('no-boot'));

      await untilReason('no-boot', 'Running');
      expect(await strategies.seen()).toEqual(['Always', 'Halted', 'Always']);
    },
    TIMEOUT,
  );

  it(
    'a template that KubeVirt refuses: it waits for the user',
    async () => {
      const domain = (bus: string) => ({
        devices: { disks: [{ name: 'root', disk: { bus } }] },
        memory: { guest: '64Mi' },
      });
      const volumes = [{ name: 'root', containerDisk: { image: 'registry.example/os:1' } }];
      const templated = (bus: string) => {
        const { apiVersion, kind, metadata } = manifest('refused-by-kubevirt');
        const template = { spec: { domain: domain(bus), volumes } };
        return { apiVersion, kind, metadata, spec: { kubevirt: { template } } };
      };
      const admin = new ResourceClient(stage.admin, {
        group: 'compute.medevac.dev',
        version: 'v1beta1',
        plural: 'instances',
        kind: 'Instance',
        namespaced: true,
      });
      await admin.create(templated('floppy'));
      const stuck = await untilReason('refused-by-kubevirt', 'DriverRefused');
      expect(condition(stuck, 'Stalled')).toMatchObject({
        status: 'True',
        message: expect.stringMatching(
          /^Driver kubevirt refuses Instance team-a\/refused-by-kubevirt: .*spec\.template\.spec\.domain\.devices\.disks\[0\]/,
        ),
      });
      expect(condition(stuck, 'Reconciling')?.status).toBe('False');
      await admin.mergePatch(
        { namespace: stage.namespace, name: 'refused-by-kubevirt' },
        { spec: templated('virtio').spec },
      );
      await untilReason('refused-by-kubevirt', 'Running');
    },
    TIMEOUT,
  );
});
