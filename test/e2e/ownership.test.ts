import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Instance } from '../../src/api/instance.ts';
import { ADOPT_ANNOTATION } from '../../src/api/names.ts';
import { aDisk, aRescue } from '../builders/instance.ts';
import type { KubeObject } from '../../src/kube/resource.ts';
import { requestsOf } from '../support/evidence.ts';
import { install } from '../support/install.ts';
import { OPERATOR_USER } from '../support/installed-control-plane.ts';
import { raiseStage, type Stage } from '../support/stage.ts';
import { waitFor } from '../support/wait.ts';
import { Machines, type Machine } from './machines.ts';
import { conditionOf, Play } from './play.ts';

const FOREIGN = {
  firmware: { uuid: 'aaaaaaaa-0000-4000-8000-000000000001', serial: 'FOREIGN-1' },
  macAddress: '52:54:00:12:34:56',
};
const FOREIGN_IDENTITY = {
  firmwareUUID: FOREIGN.firmware.uuid,
  serial: FOREIGN.firmware.serial,
  macAddresses: { default: FOREIGN.macAddress },
};

const RBAC = 'rbac.authorization.k8s.io';

/** The rights of one who may take over VMs: to change them. */
function adopterManifests(namespace: string, user: string): KubeObject[] {
  const metadata = { name: 'adopter', namespace };
  const rules = [{ apiGroups: ['kubevirt.io'], resources: ['virtualmachines'], verbs: ['update'] }];
  const roleRef = { apiGroup: RBAC, kind: 'Role', name: 'adopter' };
  const subjects = [{ kind: 'User', apiGroup: RBAC, name: user }];
  const role = { apiVersion: `${RBAC}/v1`, kind: 'Role', metadata, rules };
  const binding = { apiVersion: `${RBAC}/v1`, kind: 'RoleBinding', metadata, roleRef, subjects };
  return [role, binding];
}

/** How long a story may take on a busy machine. Milliseconds. */
const STORY = 120_000;

describe('whose a VM is, on KubeVirt', () => {
  let stage: Stage;
  let machines: Machines;
  const plays: Play[] = [];
  let names = 0;

  beforeAll(async () => {
    stage = await raiseStage('kubevirt');
    machines = new Machines(stage.admin, stage.namespace);
    await install(stage.admin, adopterManifests(stage.namespace, stage.user));
    await stage.controlPlane.startGarbageCollector();
  }, STORY);
  afterAll(() => stage.close());
  afterEach(() => Promise.all(plays.splice(0).map((play) => play.close())));

  function act(name = `vm-${(names += 1)}`): Play {
    const play = new Play(stage, name);
    plays.push(play);
    return play;
  }

  const stalled = (play: Play, reason: string) =>
    play.instance(`${play.name} is stalled: ${reason}`, (instance) => {
      const condition = conditionOf(instance, 'Stalled');
      return condition?.status === 'True' && condition.reason === reason;
    });

  const pending = (play: Play, reason: string) =>
    play.instance(
      `a restart of ${play.name} is pending: ${reason}`,
      (instance) => conditionOf(instance, 'RestartPending')?.reason === reason,
    );

  /** Reasons of the Events of an Instance; undefined: none yet. */
  async function reasonsTold(play: Play): Promise<string[] | undefined> {
    const field = `involvedObject.kind=Instance,involvedObject.name=${play.name}`;
    const args = ['get', 'events', '--field-selector', field, '-o', 'jsonpath={.items[*].reason}'];
    const { stdout } = await play.accepted(args);
    return stdout === '' ? undefined : stdout.split(' ');
  }

  const identityOf = ({ status }: Instance) => status?.resolved?.identity;
  const ownersOf = ({ metadata }: Machine) => (metadata.ownerReferences ?? []).map(({ uid }) => uid);

  it(
    "leaves somebody's VM alone, says how to take it over, and does that with its identity and without a reboot",
    async () => {
      const play = act();
      await machines.create(play.name, FOREIGN);
      const before = await machines.running(play.name);
      const stored = await machines.vm(play.name);

      await play.apply();

      const refused = await stalled(play, 'NotOwned');
      expect(conditionOf(refused, 'Ready')).toMatchObject({
        status: 'False',
        message: expect.stringContaining(
          `let the Instance take the VM over as it runs with annotation ${ADOPT_ANNOTATION}: "true"`,
        ),
      });
      expect(refused.status?.resolved).toBeUndefined();
      expect(await waitFor('an Event tells it', () => reasonsTold(play))).toEqual(['NotOwned']);
      expect((await machines.vm(play.name)).metadata.generation).toBe(stored.metadata.generation);

      const since = Date.now();
      await play.accepted(['annotate', 'inst', play.name, `${ADOPT_ANNOTATION}=true`]);

      const adopted = await play.settled('Running');
      expect(identityOf(adopted)).toEqual(FOREIGN_IDENTITY);
      expect(conditionOf(adopted, 'Ready')).toMatchObject({ status: 'True' });
      expect(conditionOf(adopted, 'RestartPending')).toMatchObject({ status: 'True', reason: 'Adopted' });
      const claimed = await machines.vm(play.name);
      expect(ownersOf(claimed)).toEqual([adopted.metadata.uid]);
      expect(claimed.metadata.generation).toBe(stored.metadata.generation);
      expect((await machines.running(play.name)).metadata.uid).toBe(before.metadata.uid);
      const requests = requestsOf(await stage.controlPlane.auditLog(), {
        user: OPERATOR_USER,
        since,
        until: Date.now(),
      });
      expect(requests.map(({ objectRef }) => objectRef?.resource)).toEqual(['virtualmachines', 'instances']);

      await play.apply({ rescue: aRescue() });
      await play.settled('Rescued');
      await play.apply();
      const back = await play.settled('Running');
      const guest = await machines.running(play.name);
      expect(guest.spec.domain.firmware).toMatchObject(FOREIGN.firmware);
      expect(guest.spec.domain.devices.interfaces).toMatchObject([{ macAddress: FOREIGN.macAddress }]);
      expect(identityOf(back)).toEqual(FOREIGN_IDENTITY);
      expect(conditionOf(back, 'RestartPending')).toMatchObject({ status: 'False' });
    },
    STORY,
  );

  it(
    'does not take over a VM whose identity is another one than the spec asks for',
    async () => {
      const play = act();
      await machines.create(play.name, { ...FOREIGN, running: false });
      await play.apply({ identity: { serial: 'OTHER' } });
      await play.accepted(['annotate', 'inst', play.name, `${ADOPT_ANNOTATION}=true`]);
      const { status } = await stalled(play, 'IdentityConflict');
      expect(status?.resolved).toBeUndefined();
      expect(ownersOf(await machines.vm(play.name))).toEqual([]);
    },
    STORY,
  );

  it(
    'starts an adopted VM that is off as its spec says, with the identity that it had',
    async () => {
      const play = act();
      await machines.create(play.name, { ...FOREIGN, running: false });
      await play.apply();
      await stalled(play, 'NotOwned');
      await play.accepted(['annotate', 'inst', play.name, `${ADOPT_ANNOTATION}=true`]);
      const running = await play.settled('Running');
      expect(identityOf(running)).toEqual(FOREIGN_IDENTITY);
      expect(conditionOf(running, 'RestartPending')).toMatchObject({ status: 'False' });
      expect((await machines.running(play.name)).spec.domain.firmware).toMatchObject(FOREIGN.firmware);
    },
    STORY,
  );

  it(
    'keeps a retained VM running when its Instance is deleted, and gives it to the next one with its identity',
    async () => {
      const play = act();
      await play.apply({ deletionPolicy: 'Retain' });
      const first = await play.settled('Running');
      const before = await machines.running(play.name);
      expect(ownersOf(await machines.vm(play.name))).toEqual([]);

      await play.accepted(['delete', 'inst', play.name]);
      await play.apply({ deletionPolicy: 'Retain' });

      const second = await play.instance(
        'the next one has it',
        ({ metadata, status }) => metadata.uid !== first.metadata.uid && status?.state === 'Running',
      );
      expect(identityOf(second)).toEqual(identityOf(first));
      expect(identityOf(second)?.firmwareUUID).not.toBe(second.metadata.uid);
      expect(conditionOf(second, 'RestartPending')).toMatchObject({ status: 'False' });
      expect((await machines.running(play.name)).metadata.uid).toBe(before.metadata.uid);
      expect(play.statesSince(0)).not.toContain('Unknown');
    },
    STORY,
  );

  it(
    'sets and takes away the owner reference with the policy, and pushes no edit that waits',
    async () => {
      const play = act();
      const { metadata } = await play.running();
      const stored = await machines.vm(play.name);
      expect(ownersOf(stored)).toEqual([metadata.uid]);

      await play.apply({ deletionPolicy: 'Retain', memory: '2Gi' });
      await pending(play, 'SpecChanged');
      await waitFor('it is retained', async () => ownersOf(await machines.vm(play.name)).length === 0);
      await play.apply({ memory: '2Gi' });
      await waitFor('it is not any more', async () => ownersOf(await machines.vm(play.name)).length === 1);

      expect((await machines.vm(play.name)).metadata.generation).toBe(stored.metadata.generation);
    },
    STORY,
  );

  it(
    'waits for the VM of an Instance that was deleted to go, and then makes a new one',
    async () => {
      const play = act();
      const first = await play.running();
      const before = await machines.running(play.name);
      const mark = play.mark();
      await play.accepted(['delete', 'inst', play.name]);
      await play.apply();
      const second = await play.observer.until(
        'the new one runs',
        () =>
          play.observer.instances
            .slice(mark)
            .map(({ object }) => object)
            .find(
              ({ metadata, status }) =>
                metadata.name === play.name &&
                metadata.uid !== first.metadata.uid &&
                status?.state === 'Running',
            ),
        90_000,
      );
      expect(identityOf(second)?.firmwareUUID).toBe(second.metadata.uid);
      expect((await machines.running(play.name)).metadata.uid).not.toBe(before.metadata.uid);
      const stalls = play.observer.instances
        .slice(mark)
        .filter(({ object }) => conditionOf(object, 'Stalled')?.status === 'True');
      expect(stalls).toEqual([]);
    },
    STORY,
  );

  it(
    'tells what somebody changes in a VM, reboots nothing for it, and puts it right at the next boot',
    async () => {
      const play = act();
      await play.running();
      const before = await machines.running(play.name);
      await machines.patch(play.name, { terminationGracePeriodSeconds: 7 });

      const drifted = await pending(play, 'Drifted');

      expect(conditionOf(drifted, 'RestartPending')?.message).toBe(
        'Somebody else has changed spec.template.spec.terminationGracePeriodSeconds of the VM; it is put right at the ' +
          'next start, rescue or unrescue.',
      );
      expect((await machines.running(play.name)).metadata.uid).toBe(before.metadata.uid);
      await play.apply({ powerState: 'Stopped' });
      await play.settled('Stopped');
      await play.apply();
      const back = await play.settled('Running');
      expect(conditionOf(back, 'RestartPending')).toMatchObject({ status: 'False' });
      expect((await machines.vm(play.name)).spec.template.spec.terminationGracePeriodSeconds).toBe(60);
    },
    STORY,
  );

  it(
    'makes a VM that somebody has deleted again in the mode that it was in, and tells so once',
    async () => {
      const play = act();
      const rescued = await play.rescued();
      const before = await machines.running(play.name);
      const mark = play.mark();
      await machines.delete(play.name);

      await play.instance('it is being made again', ({ status }) => status?.operation?.type === 'Rescue');
      const back = await play.observer.until('it is rescued again', () =>
        play.observer.instances
          .slice(mark)
          .map(({ object }) => object)
          .findLast(({ status }) => status?.state === 'Rescued' && status.operation === undefined),
      );

      expect(identityOf(back)).toEqual(identityOf(rescued));
      const guest = await waitFor('another guest runs', async () => {
        const found = await machines.running(play.name);
        return found.metadata.uid !== before.metadata.uid && found;
      });
      expect(guest.spec.domain.firmware).toEqual(before.spec.domain.firmware);
      const told = await waitFor('an Event tells it', async () => {
        const reasons = (await reasonsTold(play)) ?? [];
        return reasons.includes('VmVanished') && reasons;
      });
      expect(told.filter((reason) => reason === 'VmVanished')).toHaveLength(1);
    },
    STORY,
  );

  it(
    'runs one of two Instances on one disk, says which one has it, and starts the other when the disk is free',
    async () => {
      const [first, second] = [act(), act()];
      const disks = [aDisk({ source: { persistentVolumeClaim: { claimName: 'shared' } } })];
      await machines.createClaim('shared');
      await first.apply({ disks });
      await first.settled('Running');
      const before = await machines.running(first.name);

      await second.apply({ disks });

      const waiting = await stalled(second, 'DiskInUse');
      expect(conditionOf(waiting, 'Stalled')?.message).toBe(
        `Instance ${second.key} would write to PersistentVolumeClaim "${stage.namespace}/shared", which is in use by ` +
          `Instance ${first.key}. Stop or delete that one, and this one starts by itself; or give it a disk of its own.`,
      );
      expect(await machines.exists(second.name)).toBe(false);
      expect((await machines.running(first.name)).metadata.uid).toBe(before.metadata.uid);

      await first.apply({ disks, powerState: 'Stopped' });
      await first.settled('Stopped');
      await second.instance('it runs', ({ status }) => status?.state === 'Running');
      await first.apply({ disks });
      await stalled(first, 'DiskInUse');
      await second.accepted(['delete', 'inst', second.name]);
      await first.instance('it runs again', ({ status }) => status?.state === 'Running');
      expect(await machines.exists(second.name)).toBe(false);
    },
    STORY,
  );
});
