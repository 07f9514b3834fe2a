import type { Announcement } from '../instance/announcements.ts';
import type { ObservedNode } from '../observed.ts';
import type { CapabilityDecision, CapabilityReason, RoleVerdict } from './capability.ts';
import { CAPABILITY_LABEL, NODE_ROLES, OVERRIDE_LABEL, type NodeRole } from './roles.ts';

/** What an admin should know also where no label changes by it, and at the first look of a process. */
const ALWAYS_TOLD: ReadonlySet<CapabilityReason> = new Set([
  'CapabilityOverridden',
  'HypervisorVersionUnreadable',
]);

/**
 * What a look at a node tells people: each change of a verdict once. `before` is what the last look of this process
 * found; at its first look nobody knows whether a verdict is new unless a label changes by it.
 */
export function announceCapability(
  { name }: ObservedNode,
  before: CapabilityDecision | undefined,
  after: CapabilityDecision,
): Announcement[] {
  const news = NODE_ROLES.filter((role) => isNews(role, before, after));
  const ignored = after.ignored.filter((label) => before?.ignored.includes(label) !== true);
  return [
    ...news.map((role) => verdictNote(name, role, after.verdicts[role])),
    ...ignored.map((label) => ignoredNote(name, label)),
  ];
}

function isNews(
  role: NodeRole,
  before: CapabilityDecision | undefined,
  { verdicts, labels }: CapabilityDecision,
): boolean {
  if (CAPABILITY_LABEL[role] in labels) return true;
  const verdict = verdicts[role];
  return ALWAYS_TOLD.has(verdict.reason) && verdict.message !== before?.verdicts[role].message;
}

const WHAT: Readonly<Record<NodeRole, string>> = {
  source: 'send rescued VMs',
  destination: 'receive rescued VMs',
};

function verdictNote(name: string, role: NodeRole, { capable, reason, message }: RoleVerdict): Announcement {
  const expected = capable || reason === 'CapabilityOverridden';
  return {
    type: expected ? 'Normal' : 'Warning',
    reason,
    action: 'LabelNode',
    note: `Node "${name}" ${capable ? 'can' : "can't"} ${WHAT[role]}: ${message}.${remedyFor(reason, role)}`,
  };
}

function remedyFor(reason: CapabilityReason, role: NodeRole): string {
  if (reason === 'HypervisorTooOld') return ' Upgrade it.';
  if (reason !== 'HypervisorVersionUnreadable') return '';
  return ` If you know that it can, set label ${OVERRIDE_LABEL[role]}=true.`;
}

function ignoredNote(name: string, label: string): Announcement {
  return {
    type: 'Warning',
    reason: 'OverrideIgnored',
    action: 'LabelNode',
    note: `Label ${label} of node "${name}" is ignored. Set it to true or false, or remove it.`,
  };
}
