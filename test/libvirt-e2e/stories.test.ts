import { beforeAll, expect, it } from '@jest/globals';
import { VM_FINALIZER, VM_HOST_LABEL } from '../../src/api/names.ts';
import { NODES } from '../../src/api/resources.ts';
import { CAPABILITY_LABEL, OVERRIDE_LABEL } from '../../src/domain/node/roles.ts';
import { ResourceClient } from '../../src/kube/resource-client.ts';
import { anInstance } from '../builders/instance.ts';
import { aLiveMigration } from '../builders/live-migration.ts';
import { conditionOf } from '../e2e/play.ts';
import type { LibvirtHost } from '../libvirt-hosts/libvirt-host.ts';
import { kubectl, type Printed } from '../support/kubectl.ts';
import { waitFor } from '../support/wait.ts';
import { describeOnStage } from './describe-on-stage.ts';
import { PATIENCE, type GuestPlay } from './guest-play.ts';
import { areUnbroken } from './witness.ts';

/** MiB that the guest rewrites without end, faster than the link is that its transfers get. */
const DIRTY = 32;
const SLOWLY = '8Mi';
/** The host of the stage that can neither send nor receive rescued VMs. */
const INCAPABLE = 'host-3';
const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service';

// A rescued guest and a running one, which each test finds where the one before has left them.
describeOnStage('on libvirt hosts', (scene) => {
  const held: { rescued?: GuestPlay; running?: GuestPlay } = {};

  beforeAll(async () => {
    const { act } = scene();
    held.rescued = await act('vm-1');
    held.running = await act('vm-2');
    const { rescued, running } = held;
    await Promise.all([rescued.apply(rescued.inRescue), running.apply(running.normal)]);
    await Promise.all([rescued.settled('Rescued'), running.settled('Running')]);
    await Promise.all([rescued.boot(), running.boot()]);
  });

  function played(which: 'rescued' | 'running'): GuestPlay {
    const play = held[which];
    if (play === undefined) throw new Error(`there is no ${which} VM`);
    return play;
  }

  const admin = (args: readonly string[], input?: unknown): Promise<Printed> =>
    kubectl(scene().stage.controlPlane, args, { input });

  /** Where the VM is now. */
  async function hostOf({ name }: GuestPlay): Promise<LibvirtHost> {
    const { stage, hosts } = scene();
    const path = 'jsonpath={.status.node}';
    const { stdout } = await stage.kubectl(['get', 'inst', name, '-n', stage.namespace, '-o', path]);
    return hosts.host(stdout);
  }

  /** What kubelets say of a node, of which there are none here. */
  async function setReady(name: string, status: 'True' | 'Unknown'): Promise<void> {
    const conditions = [{ type: 'Ready', status, reason: 'Told', message: 'by a test' }];
    const nodes = new ResourceClient(scene().stage.admin, NODES);
    await nodes.mergePatch({ namespace: '', name }, { status: { conditions } }, { subresource: 'status' });
  }

  /** Somebody has found the host switched off, and says so. */
  const fence = (name: string) => admin(['taint', 'node', name, `${OUT_OF_SERVICE}=nodeshutdown:NoExecute`]);

  /** Waits until medevac says, or does not say any more, that VMs may be placed there. */
  const isVmHost = (name: string, want: boolean) =>
    waitFor(
      `node ${name} is ${want ? 'a' : 'no'} host of VMs`,
      async () => {
        const node = await new ResourceClient(scene().stage.admin, NODES).get({ namespace: '', name });
        return (node.metadata.labels?.[VM_HOST_LABEL] === 'true') === want;
      },
      { timeoutMs: PATIENCE },
    );

  /** It is switched on again, and then that is said. */
  async function bringBack(host: LibvirtHost): Promise<void> {
    await host.startDaemon();
    await setReady(host.name, 'True');
    await isVmHost(host.name, true);
    await admin(['taint', 'node', host.name, `${OUT_OF_SERVICE}-`]);
  }

  async function isOn({ domain }: GuestPlay, host: LibvirtHost): Promise<boolean> {
    return (await host.virsh('list', '--all', '--name')).split('\n').includes(domain);
  }

  const untilGone = (play: GuestPlay, host: LibvirtHost) =>
    waitFor(`nothing of ${play.name} is left on ${host.name}`, async () => !(await isOn(play, host)), {
      timeoutMs: PATIENCE,
    });

  it('an Instance is refused a pool that is not open to its namespace: 403', async () => {
    await admin(['create', 'namespace', 'team-b']);
    const { normal: spec } = played('running');
    const printed = await admin(
      ['apply', '-f', '-'],
      anInstance({ name: 'vm-1', namespace: 'team-b', spec }),
    );
    expect(printed.code).toBe(1);
    expect(printed.stderr).toContain('Error from server (Forbidden)');
    expect(printed.stderr).toContain(
      'Storage pool "shared", which Instance team-b/vm-1 names, is not open to namespace "team-b". ' +
        'Use a pool that is, or ask an administrator to open it in the configuration of the operator.',
    );
  });

  it('a rescued Instance is refused an incapable source and an incapable destination: 400, by role and node', async () => {
    const { stage } = scene();
    const play = played('rescued');
    const { name: source } = await hostOf(play);
    const ask = async (nodeName?: string) => {
      const spec = { instanceName: play.name, ...(nodeName !== undefined && { destination: { nodeName } }) };
      const migration = aLiveMigration({ name: 'refused', namespace: stage.namespace, spec });
      return (await stage.kubectl(['apply', '-f', '-'], migration)).stderr;
    };
    const refusal = (roles: string) =>
      new RegExp(
        String.raw`Error from server \(BadRequest\): .*Cannot live-migrate Instance ${play.key}: ` +
          `live migration of rescued instances is not supported by ${roles}`,
        's',
      );
    const sends = async () => {
      const node = await new ResourceClient(stage.admin, NODES).get({ namespace: '', name: source });
      return node.metadata.labels?.[CAPABILITY_LABEL.source] === 'true';
    };

    expect(await ask(INCAPABLE)).toMatch(refusal(`destination node "${INCAPABLE}"`));
    await admin(['label', 'node', source, `${OVERRIDE_LABEL.source}=false`]);
    await waitFor('the source is not capable', async () => !(await sends()));
    expect(await ask()).toMatch(refusal(`source node "${source}"`));
    expect(await ask(INCAPABLE)).toMatch(refusal(`source node "${source}".*destination node "${INCAPABLE}"`));
    await admin(['label', 'node', source, `${OVERRIDE_LABEL.source}-`]);
    await waitFor('the source is capable again', sends);
  });

  it('a rescued guest that powers itself off is booted again from the rescue disk', async () => {
    const play = played('rescued');
    const before = await play.boot();
    const mark = play.mark();
    play.othersAct();
    await play.order('rescue', 'poweroff');
    const ofAnother = ({ event, bootId }: (typeof play.console.lines)[number]) =>
      event === 'tick' && bootId !== before.bootId;
    await play.console.waitFor(ofAnother, { since: play.console.lines.indexOf(before) });
    const after = await play.boot();
    expect(after).toMatchObject({ system: 'rescue', host: before.host, disks: before.disks });
    expect(after.bootId).not.toBe(before.bootId);
    await play.instance('is Rescued', ({ status }) => status?.state === 'Rescued');
    expect(play.statesSince(mark)).toEqual(['Starting', 'Rescued']);
  });

  it('a guest that writes faster than it is copied stays where it is when its time is over', async () => {
    const play = played('rescued');
    const { bootId, host } = await play.boot();
    await play.order('rescue', `dirty ${DIRTY}`);
    const mark = play.mark();
    const policy = { bandwidth: SLOWLY, completionTimeout: '10s' };
    const { status } = await play.ended(await play.migrate('in-vain', { policy }));

    expect(status).toMatchObject({ phase: 'Failed', instanceState: 'Rescued', outcome: { node: host } });
    expect(status?.conditions).toContainEqual(
      expect.objectContaining({
        type: 'Completed',
        status: 'False',
        reason: 'CompletionTimeout',
        message:
          'The transfer took longer than spec.policy.completionTimeout (10s). ' +
          `The guest is unharmed on node "${host}".`,
      }),
    );
    expect(play.statesSince(mark)).toEqual(['Rescued']);
    expect(await play.boot()).toMatchObject({ bootId, host });
  });

  it('the same guest arrives in the same boot when its transfer is forced then', async () => {
    const play = played('rescued');
    const { bootId, host } = await play.boot();
    const mark = play.mark();
    const policy = { bandwidth: SLOWLY, completionTimeout: '10s', onTimeout: 'ForceComplete' as const };
    const { status } = await play.ended(await play.migrate('forced', { policy }));

    const destination = status?.outcome?.node ?? '';
    expect(status).toMatchObject({ phase: 'Succeeded', source: { node: host } });
    expect(destination).not.toBe(host);
    expect(status?.transferMilliseconds).toBeGreaterThan(10_000);
    await play.instance('has moved', ({ status }) => status?.node === destination);
    expect(play.statesSince(mark)).toEqual(['Rescued']);
    expect(areUnbroken(await play.ticks(bootId, destination))).toBe(true);
    await play.order('rescue', 'dirty 0');
  });

  it('a rescued VM whose host is switched off is Unknown, and is rescued elsewhere when that is said to be certain', async () => {
    const play = played('rescued');
    const before = await play.boot();
    const host = await hostOf(play);
    play.othersAct();
    await host.switchOff();
    await setReady(host.name, 'Unknown');
    const lost = await play.instance('is Unknown', ({ status }) => status?.state === 'Unknown');
    expect(conditionOf(lost, 'Ready')).toMatchObject({ status: 'False', reason: 'NodeLost' });

    await fence(host.name);
    const again = await play.instance(
      'is Rescued elsewhere',
      ({ status }) => status?.state === 'Rescued' && status.node !== host.name,
    );
    const after = await play.boot();
    expect(after).toMatchObject({ system: 'rescue', uuid: before.uuid, host: again.status?.node });

    await bringBack(host);
    await untilGone(play, host);
    expect(await play.boot()).toMatchObject({ bootId: after.bootId });
  });

  it('an Instance that is deleted while nothing is heard of its host is gone when the host is back', async () => {
    const play = played('rescued');
    const host = await hostOf(play);
    await host.stopDaemon();
    await isVmHost(host.name, false);
    await play.accepted(['delete', 'inst', play.name, '--wait=false']);
    const leaving = await play.instance(
      'is leaving',
      ({ metadata }) => metadata.deletionTimestamp !== undefined,
    );
    expect(leaving.metadata.finalizers).toEqual([VM_FINALIZER]);

    await host.startDaemon();
    await play.accepted(['wait', 'inst', play.name, '--for=delete', '--timeout=60s']);
    expect(await isOn(play, host)).toBe(false);
  });

  it('an Instance whose host is fenced is gone as soon as it is deleted, and its VM when the host is back, without a boot', async () => {
    const play = played('running');
    const host = await hostOf(play);
    const log = `/var/log/libvirt/qemu/${play.domain}.log`;
    const starts = async () => (await host.run('grep', '--count', 'starting up', log)).trim();
    const before = await starts();
    await host.switchOff();
    await setReady(host.name, 'Unknown');
    await fence(host.name);
    await play.accepted(['delete', 'inst', play.name, '--timeout=60s']);

    await bringBack(host);
    await untilGone(play, host);
    expect(await starts()).toBe(before);
  });
});
