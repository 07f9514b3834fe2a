import type { Plan } from '../engine/plan.ts';
import type { Step } from '../engine/delayed-steps.ts';
import { updateCondition } from '../objects/conditions.ts';
import { enterPhase, isDeleted, phaseOf } from '../objects/instance.ts';
import type { Disk, VirtualMachineInstance, VolumeStatus } from '../objects/kinds.ts';
import { isPodReady } from '../objects/pod.ts';
import { updateInstance } from './context.ts';
import type { HandlerContext } from './context.ts';
import { migratability } from './migratable.ts';

/** A guest without any grace is still not off in no time. */
const shortestShutdownMs = 200;

/** What the handler does with the guest itself: boot it, and shut it down when instance or pod are being deleted. */
export function guestStep(context: HandlerContext): Step | undefined {
  const { instance, node, pod } = context;
  if (instance.status?.nodeName !== node || !isStarted(instance)) {
    return undefined;
  }
  if (isDeleted(instance) || (pod !== undefined && isDeleted(pod))) {
    return shutdown(context);
  }
  const bootable = phaseOf(instance) === 'Scheduled' && pod !== undefined && isPodReady(pod);
  return bootable ? start(context) : undefined;
}

function start(context: HandlerContext): Step {
  const { delays, doesNotBoot } = context.failures;
  return {
    id: 'boot',
    delayMs: delays.bootMs,
    plan: () => (doesNotBoot === true ? crash(context) : boot(context)),
  };
}

function isStarted(instance: VirtualMachineInstance): boolean {
  return phaseOf(instance) === 'Running' || phaseOf(instance) === 'Scheduled';
}

function shutdown(context: HandlerContext): Step {
  const { instance, failures } = context;
  const graceMs = (instance.spec.terminationGracePeriodSeconds ?? 30) * 1000;
  return {
    id: 'shutdown',
    delayMs: Math.min(failures.delays.shutdownMs, Math.max(graceMs, shortestShutdownMs)),
    plan: () => (failures.killed === true ? crash(context) : end(context)),
  };
}

function boot(context: HandlerContext): Plan {
  const { condition, method } = migratability(context.instance, context.failures.notMigratable);
  return updateInstance(
    context,
    ({ status, spec }) => {
      updateCondition(status, condition);
      updateCondition(status, {
        type: 'StorageLiveMigratable',
        status: 'True',
        lastProbeTime: null,
        lastTransitionTime: null,
      });
      status.machine = { type: resolvedMachine(spec.domain.machine?.type) };
      status.migrationMethod = method;
      status.selinuxContext = 'none';
      status.volumeStatus = withTargets(status.volumeStatus ?? [], spec.domain.devices.disks ?? []);
      enterPhase(status, 'Running', new Date());
    },
    { type: 'Normal', reason: 'Started', message: 'VirtualMachineInstance started.' },
  );
}

function end(context: HandlerContext): Plan {
  return updateInstance(
    context,
    ({ status }) => {
      enterPhase(status, 'Succeeded', new Date());
    },
    { type: 'Normal', reason: 'Stopped', message: 'The VirtualMachineInstance was shut down.' },
  );
}

function crash(context: HandlerContext): Plan {
  return updateInstance(
    context,
    ({ status }) => {
      enterPhase(status, 'Failed', new Date());
    },
    { type: 'Warning', reason: 'Stopped', message: 'The VirtualMachineInstance crashed.' },
  );
}

/** `q35` is an alias: the guest runs on, and migrates with, the version that it stands for. */
function resolvedMachine(type = 'q35'): string {
  return type === 'q35' ? 'pc-q35-9.2' : type;
}

/** Device names go by bus, in the order of the disks. */
function withTargets(statuses: VolumeStatus[], disks: Disk[]): VolumeStatus[] {
  const counts = new Map<string, number>();
  const targets = new Map<string, string>();
  for (const disk of disks) {
    const bus = disk.disk?.bus ?? disk.cdrom?.bus ?? disk.lun?.bus ?? 'sata';
    const prefix = bus === 'virtio' ? 'vd' : 'sd';
    const count = counts.get(prefix) ?? 0;
    counts.set(prefix, count + 1);
    targets.set(disk.name, `${prefix}${String.fromCharCode('a'.charCodeAt(0) + count)}`);
  }
  return statuses.map((status) => ({ ...status, target: targets.get(status.name) ?? '' }));
}
