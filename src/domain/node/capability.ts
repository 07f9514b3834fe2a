import { VM_HOST_LABEL } from '../../api/names.ts';
import type { ObservedHypervisor, ObservedNode } from '../observed.ts';
import type { Minimum } from './minimum.ts';
import { CAPABILITY_LABEL, NODE_ROLES, OVERRIDE_LABEL, type NodeRole } from './roles.ts';
import { isAtLeast, parseVersion } from './version.ts';

/** Everything that is known of a node's capability at one moment. */
export interface NodeObservation {
  readonly node: ObservedNode;
  /** `undefined`: the driver knows of none there. */
  readonly hypervisor: ObservedHypervisor | undefined;
  readonly minimum: Minimum;
  /** Who finds the nodes of VMs: only kube-scheduler has to be told where they can be. */
  readonly placement: 'ByScheduler' | 'ByBackend';
}

/** Whether a node can take a role with a rescued VM, and why. */
export interface RoleVerdict {
  readonly capable: boolean;
  readonly reason: CapabilityReason;
  /** A sentence about the node, for people. */
  readonly message: string;
}

export type CapabilityReason =
  | 'HypervisorCapable' /** It works and is new enough. */
  | 'HypervisorAbsent' /** The driver knows of none on the node. */
  | 'HypervisorNotReady' /** It does not work, or is being replaced. */
  | 'HypervisorSilent' /** It has not been heard of for too long. */
  | 'HypervisorNotAccepting' /** It takes no VMs from elsewhere. */
  | 'HypervisorTooOld' /** Its version is below the minimum of the role. */
  | 'HypervisorVersionUnreadable' /** Its version is none that can be compared. */
  | 'NodeUnreachable' /** Nothing is heard of the node's kubelet. */
  | 'CapabilityOverridden'; /** An admin has said so with a label. */

export interface CapabilityDecision {
  readonly verdicts: Readonly<Record<NodeRole, RoleVerdict>>;
  /** Override labels that say neither `true` nor `false`: `LABEL=VALUE`. */
  readonly ignored: readonly string[];
  /** Labels to write, `null` to remove; empty: they are as they should be. */
  readonly labels: Readonly<Record<string, string | null>>;
  /** Milliseconds after which to look again without an event; `undefined`: no need to. */
  readonly lookAgain: number | undefined;
}

/**
 * A hypervisor that went silent is looked at so often: its heartbeats wake nobody, and the one with which it comes back
 * is one of them. Milliseconds.
 */
const SILENT_LOOK = 60_000;

/** Decides what the capability labels of a node should be. Total and pure; `now` in milliseconds since the epoch. */
export function decideCapability(observation: NodeObservation, now: number): CapabilityDecision {
  const absence = whyAbsent(observation, now);
  const verdictOf = (role: NodeRole) => absence ?? judge(observation, role);
  const verdicts = { source: verdictOf('source'), destination: verdictOf('destination') };
  return {
    verdicts,
    ignored: ignoredOverrides(observation.node),
    labels: { ...labelChanges(observation.node, verdicts), ...hostLabel(observation, absence) },
    lookAgain: nextLook(observation, now),
  };
}

function not(reason: CapabilityReason, message: string): RoleVerdict {
  return { capable: false, reason, message };
}

/** Why nothing can be expected of the hypervisor, whatever it could do: no override helps against that. */
function whyAbsent({ node, hypervisor }: NodeObservation, now: number): RoleVerdict | undefined {
  if (!node.reachable) return not('NodeUnreachable', 'its kubelet is not heard of');
  if (hypervisor === undefined) return not('HypervisorAbsent', 'the driver knows of no hypervisor there');
  if (!hypervisor.ready) return not('HypervisorNotReady', 'its hypervisor is not ready');
  if (isSilent(hypervisor, now))
    return not('HypervisorSilent', 'its hypervisor has not been heard of in time');
  return undefined;
}

function isSilent({ validUntil }: ObservedHypervisor, now: number): boolean {
  return validUntil !== undefined && now >= Date.parse(validUntil);
}

function judge({ node, hypervisor, minimum }: NodeObservation, role: NodeRole): RoleVerdict {
  if (role === 'destination' && hypervisor?.accepting === false) {
    return not('HypervisorNotAccepting', 'its hypervisor takes no VMs');
  }
  return overridden(node, role) ?? judgeVersion(hypervisor?.version, minimum[role]);
}

/** An admin vouches for what the hypervisor can do, not for its being there. */
function overridden({ labels }: ObservedNode, role: NodeRole): RoleVerdict | undefined {
  const label = OVERRIDE_LABEL[role];
  const value = labels[label];
  if (!isOverride(value)) return undefined;
  const reason = 'CapabilityOverridden';
  return { capable: value === 'true', reason, message: `label ${label}=${value} says so` };
}

function isOverride(value: string | undefined): value is 'true' | 'false' {
  return value === 'true' || value === 'false';
}

function ignoredOverrides({ labels }: ObservedNode): string[] {
  return NODE_ROLES.map((role) => OVERRIDE_LABEL[role])
    .filter((label) => labels[label] !== undefined && !isOverride(labels[label]))
    .map((label) => `${label}=${labels[label] ?? ''}`);
}

function judgeVersion(version: string | undefined, minimum: string): RoleVerdict {
  const [found, wanted] = [parseVersion(version ?? ''), parseVersion(minimum)];
  if (found === undefined || wanted === undefined) {
    const said =
      version === undefined ? 'says no version' : `says version "${version}", which can't be compared`;
    return not('HypervisorVersionUnreadable', `its hypervisor ${said}`);
  }
  const message = `its hypervisor is ${version ?? ''}`;
  return isAtLeast(found, wanted)
    ? { capable: true, reason: 'HypervisorCapable', message }
    : not('HypervisorTooOld', `${message}, older than ${minimum}`);
}

function labelChanges(
  { labels }: ObservedNode,
  verdicts: CapabilityDecision['verdicts'],
): CapabilityDecision['labels'] {
  const changes = NODE_ROLES.flatMap((role): [string, string | null][] => {
    const label = CAPABILITY_LABEL[role];
    const wanted = verdicts[role].capable ? 'true' : undefined;
    return labels[label] === wanted ? [] : [[label, wanted ?? null]];
  });
  return Object.fromEntries(changes);
}

/** Whether the scheduler may place VMs there; an override has no say, it is about rescued ones. */
function hostLabel(
  { node, placement, hypervisor }: NodeObservation,
  absence: RoleVerdict | undefined,
): CapabilityDecision['labels'] {
  if (placement === 'ByBackend') return {};
  const wanted = absence === undefined && hypervisor?.accepting === true ? 'true' : undefined;
  return node.labels[VM_HOST_LABEL] === wanted ? {} : { [VM_HOST_LABEL]: wanted ?? null };
}

function nextLook({ hypervisor }: NodeObservation, now: number): number | undefined {
  const until = hypervisor?.validUntil;
  if (hypervisor?.ready !== true || until === undefined) return undefined;
  return isSilent(hypervisor, now) ? SILENT_LOOK : Date.parse(until) - now;
}
