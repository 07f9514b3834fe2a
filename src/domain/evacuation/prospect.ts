import type { InstanceSpec } from '../../api/instance.ts';
import type { Explained } from '../conditions.ts';
import { gate, othersThan, requiredDestinationLabels, type GateRequest } from '../gate.ts';
import { blamed, quotedNames, type GateSubject } from '../gate-texts.ts';
import { hostLabels } from '../host-labels.ts';
import type { BlockReason, RoomReason } from './reasons.ts';
import { overCapacity, overQuota, withRoom, type RoomRequest } from './room.ts';

/** What decides where a VM could go. */
export interface ProspectRequest extends Pick<GateRequest, 'instance' | 'nodes' | 'migratesRescued'> {
  readonly subject: Omit<GateSubject, 'asker'>;
  readonly policy: NonNullable<InstanceSpec['evacuation']>['policy'] | undefined;
}

/** The same, and whether there is room for it, as far as that is known: a drain that is under way leaves it to kube-scheduler. */
export interface RoomyProspectRequest extends ProspectRequest {
  readonly room: RoomRequest | undefined;
}

/** Where a VM could go if its node were drained now, or what blocks it. */
export interface Prospect<Reason extends string = BlockReason> {
  readonly blocked: Explained<Reason> | undefined;
  /** Names of the nodes that fit. */
  readonly candidates: readonly string[];
}

/** Pure: the same for a drain that is under way and for one that is only thought of. */
export function prospectOf(asked: ProspectRequest): Prospect {
  const placement = { ...asked.instance.placement, ...hostLabels(asked.subject.driver) };
  const request = { ...asked, instance: { ...asked.instance, placement } };
  const { instance, nodes } = request;
  const labels = { ...instance.placement, ...requiredDestinationLabels(instance.state) };
  const others = othersThan(instance.node, nodes, labels);
  const candidates = others.filter(({ lacks }) => lacks.length === 0).map(({ name }) => name);
  const blocked =
    byPolicy(request) ?? byBoot(request) ?? byGate(request) ?? byNodes(request, others, candidates);
  return { blocked, candidates };
}

/** The same with room looked at. Pure. */
export function roomyProspectOf({
  room,
  ...request
}: RoomyProspectRequest): Prospect<BlockReason | RoomReason> {
  const { blocked, candidates } = prospectOf(request);
  const subject = { ...request.subject, asker: 'Drain' } as const;
  return {
    blocked: blocked ?? overQuota(subject, room) ?? overCapacity(subject, candidates, room),
    candidates: withRoom(candidates, room),
  };
}

type Check = Explained<BlockReason> | undefined;

function byPolicy({ policy, subject: { namespace, instanceName }, instance }: ProspectRequest): Check {
  if (policy !== 'Block') return undefined;
  const message =
    `Instance ${namespace}/${instanceName} stays on node "${instance.node ?? ''}": its spec.evacuation.policy is Block. ` +
    'Set it to LiveMigrate, or move the VM with a LiveMigration.';
  return { reason: 'PolicyBlock', message };
}

/** A LiveMigration would wait for the boot, and keep another VM from its turn. */
function byBoot({ subject: { namespace, instanceName }, instance: { state } }: ProspectRequest): Check {
  if (state !== 'Pending' && state !== 'Starting') return undefined;
  const message = `Instance ${namespace}/${instanceName} is ${state}: the drain moves it as soon as it runs.`;
  return { reason: 'InstanceNotStarted', message };
}

function byGate({ subject, instance, nodes, migratesRescued }: ProspectRequest): Check {
  const verdict = gate({
    subject: { ...subject, asker: 'Drain' },
    version: undefined,
    spec: {},
    instance,
    nodes,
    unfinished: undefined,
    unsupportedFields: [],
    migratesRescued,
  });
  return verdict.kind === 'Refused' ? { reason: verdict.reason, message: verdict.message } : undefined;
}

function byNodes(
  { subject }: ProspectRequest,
  others: readonly { readonly name: string; readonly lacks: readonly string[] }[],
  candidates: readonly string[],
): Check {
  if (candidates.length > 0) return undefined;
  const { lead } = blamed({ ...subject, asker: 'Drain' });
  const message = `${lead} no other node can take it: ${quotedNames(others)}. Make one of them fit, or add a node.`;
  return { reason: 'NoDestination', message };
}
