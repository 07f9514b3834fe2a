import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Instance } from '../../src/api/instance.ts';
import { ResourceClient } from '../../src/kube/resource-client.ts';
import { aDisk, anInstance, aRescue, type InstanceOptions } from '../builders/instance.ts';
import { raiseStage, type Stage } from '../support/stage.ts';
import { waitFor } from '../support/wait.ts';

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
