import { describe, expect, it } from '@jest/globals';
import { OPERATOR_USER } from '../support/installed-control-plane.ts';
import { withFields } from '../builders/fields.ts';
import { aTemplatedInstance } from '../builders/instance.ts';
import { requestsOf } from '../support/evidence.ts';
import { kubectl } from '../support/kubectl.ts';
import { waitFor } from '../support/wait.ts';
import { conditionOf } from './play.ts';
import { useStage } from './use-stage.ts';

const STORY = 180_000;
const TEMPLATE = {
  spec: {
    domain: { devices: { disks: [{ name: 'root', disk: { bus: 'virtio' } }] }, memory: { guest: '64Mi' } },
    volumes: [{ name: 'root', containerDisk: { image: 'registry.example/os:1' } }],
  },
};
const AT = 'spec.template.spec';

/** Native templates that our schema has no words for, and what virt-api says of each. */
const REFUSED = [
  {
    name: 'bus',
    fields: { 'spec.domain.devices.disks[0].disk.bus': 'floppy' },
    want: 'unrecognized bus floppy',
  },
  { name: 'serial', fields: { 'spec.domain.devices.disks[0].serial': 'a b' }, want: 'must be made up of' },
  {
    name: 'order',
    fields: { 'spec.domain.devices.disks[0].bootOrder': 0 },
    want: 'must have a boot order > 0',
  },
  {
    name: 'no-volume',
    fields: { 'spec.volumes': [] },
    want: `${AT}.domain.devices.disks[0].Name 'root' not found.`,
  },
  {
    name: 'machine',
    fields: { 'spec.domain.machine': { type: 'pc' } },
    want: `${AT}.domain.machine.type is not supported`,
  },
  {
    name: 'networks',
    fields: {
      'spec.networks': ['a', 'b'].map((name) => ({ name, pod: {} })),
      'spec.domain.devices.interfaces': ['a', 'b'].map((name) => ({ name, masquerade: {} })),
    },
    want: 'more than one interface is connected to a pod network',
  },
  {
    name: 'unused',
    fields: { 'spec.networks': [{ name: 'a', pod: {} }] },
    want: `${AT}.networks[0].name 'a' not found.`,
  },
  {
    name: 'mac',
    fields: {
      'spec.networks': [{ name: 'a', pod: {} }],
      'spec.domain.devices.interfaces': [{ name: 'a', masquerade: {}, macAddress: 'x' }],
    },
    want: 'has malformed MAC address (x)',
  },
  {
    name: 'firmware',
    fields: { 'spec.domain.firmware': { bootloader: { efi: { secureBoot: false }, bios: {} } } },
    want: 'has both EFI and BIOS configured',
  },
  {
    name: 'secure',
    fields: { 'spec.domain.firmware': { bootloader: { efi: {} } } },
    want: 'SecureBoot requires SMM',
  },
  {
    name: 'seed',
    fields: { 'spec.volumes[1]': { name: 'seed', cloudInitNoCloud: {} } },
    want: 'must have at least one userdatasource',
  },
] as const;

describe('what virt-api refuses', () => {
  const scene = useStage('bystander');

  async function applied(name: string, template: Record<string, unknown>): Promise<void> {
    const manifest = aTemplatedInstance(template);
    const metadata = { name, namespace: scene.stage.namespace };
    const { code, stderr } = await kubectl(scene.stage.controlPlane, ['apply', '-f', '-'], {
      input: { ...manifest, metadata },
    });
    if (code !== 0) throw new Error(stderr);
  }

  it(
    'is told in its words, holds up nobody else, and is left by an edit',
    async () => {
      const play = scene.act();
      const told = (name: string, reason: string) =>
        play.observer.until(
          `${name}: ${reason}`,
          () =>
            play.observer.instances
              .map(({ object }) => object)
              .findLast(
                (object) => object.metadata.name === name && conditionOf(object, 'Ready')?.reason === reason,
              ),
          60_000,
        );
      for (const { name, fields } of REFUSED) await applied(name, withFields(TEMPLATE, fields));

      for (const { name, want } of REFUSED) {
        const stalled = conditionOf(await told(name, 'DriverRefused'), 'Stalled');
        expect(stalled).toMatchObject({ status: 'True', reason: 'DriverRefused' });
        expect(stalled?.message).toContain(
          `Driver kubevirt refuses Instance ${scene.stage.namespace}/${name}: `,
        );
        expect(stalled?.message).toContain(want);
      }
      await play.running();

      for (const { name } of REFUSED) await applied(name, TEMPLATE);
      for (const { name } of REFUSED) await told(name, 'Running');
    },
    STORY,
  );

  it(
    'is asked again ever more rarely, and nothing else is written meanwhile',
    async () => {
      scene.act();
      const since = Date.now();
      await applied('insists', withFields(TEMPLATE, REFUSED[0].fields));

      const asked = () => requestsAbout('insists', since);
      const attempts = await waitFor(
        'the fourth attempt',
        async () => {
          const refused = (await asked()).filter(({ code }) => code >= 400);
          return refused.length >= 4 && refused.map(({ at }) => at);
        },
        { timeoutMs: 90_000, intervalMs: 500 },
      );

      const [begun = 0] = attempts;
      const pauses = attempts.slice(1).map((at, index) => at - (attempts[index] ?? 0));
      // As long as has passed since the operation began, 5 s at least; the log counts from when a request came in.
      const least = attempts.map((at) => Math.max(5_000, at - begun) - 500);
      expect(pauses.filter((pause, index) => pause < (least[index] ?? 0))).toEqual([]);
      // The lock, and what was refused.
      const others = (await asked()).filter(({ code }) => code < 400);
      expect(others.map(({ what }) => what)).toEqual(['update instances/status', 'update instances/status']);
    },
    STORY,
  );

  async function requestsAbout(name: string, since: number) {
    const log = await scene.stage.controlPlane.auditLog();
    return requestsOf(log, { user: OPERATOR_USER, since, until: Date.now() })
      .filter(({ objectRef }) => objectRef?.name === name)
      .map(({ verb, objectRef, responseStatus, requestReceivedTimestamp }) => ({
        what: [`${verb} ${objectRef?.resource ?? ''}`, objectRef?.subresource].filter(Boolean).join('/'),
        code: responseStatus?.code ?? 0,
        at: Date.parse(requestReceivedTimestamp),
      }));
  }
});
