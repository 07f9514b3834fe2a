import type { InstanceState } from '../api/instance.ts';
import type { LiveMigrationSpec } from '../api/live-migration.ts';
import { DESTINATION_LABEL, SOURCE_LABEL, STORAGE_VERSION, type ApiVersion } from '../api/names.ts';
import {
  afterwards,
  blamed,
  nameOf,
  quotedNames,
  wayOut,
  type GateSubject,
  type OtherMigration,
} from './gate-texts.ts';
import type { ObservedNode, Trouble } from './observed.ts';
import { ADMITTED, refused, type Refused, type Verdict } from './verdict.ts';

/** What the gate looks at. */
export interface GateRequest {
  readonly subject: GateSubject;
  /** Version that the LiveMigration was made through; `undefined` where nobody knows it any more. */
  readonly version: ApiVersion | undefined;
  readonly spec: Pick<LiveMigrationSpec, 'destination' | 'policy'>;
  readonly instance: {
    readonly state: InstanceState;
    readonly node: string | undefined;
    readonly placement: Readonly<Record<string, string>>;
    /** Why the driver can't move the VM live. */
    readonly notMigratable: Trouble | undefined;
  };
  readonly nodes: readonly ObservedNode[];
  /** Another migration of the Instance that is not over. */
  readonly unfinished: OtherMigration | undefined;
  /** Paths of fields that the driver can't honour. */
  readonly unsupportedFields: readonly string[];
  /** Whether the driver can migrate a rescued VM on any node. */
  readonly migratesRescued: boolean;
}

/** What it takes to judge the nodes. */
type NodesRequest = Pick<GateRequest, 'subject' | 'nodes'> & {
  readonly spec: Pick<GateRequest['spec'], 'destination'>;
  readonly instance: Pick<GateRequest['instance'], 'state' | 'node' | 'placement'>;
};

type Check = (request: GateRequest) => Refused | undefined;

/** The checks, most fundamental first; the first violation is the answer. */
const CHECKS: readonly Check[] = [
  anotherMigrationUnfinished,
  instanceNotMovable,
  rescuedThroughOldVersion,
  driverCannotMigrateRescued,
  policyNotHonoured,
  destinationUnknown,
  destinationIsSource,
  destinationUnavailable,
  nodesNotCapable,
  noCapableDestination,
  vmNotMigratable,
];

/**
 * Whether a live migration may start. Called by the admission webhook, and by the controller right before it starts
 * one: what one says at once, the other says in a condition, in the same words.
 */
export function gate(request: GateRequest): Verdict {
  for (const check of CHECKS) {
    const refusal = check(request);
    if (refusal !== undefined) return refusal;
  }
  return ADMITTED;
}

/** What the gate says of the nodes alone: whether a rescued Instance may leave its own, and for which. */
export function gateOfNodes(request: NodesRequest): Verdict {
  return nodesNotCapable(request) ?? noCapableDestination(request) ?? ADMITTED;
}

/** Labels that the destination of a migration must have, so that a scheduler can enforce them without a race. */
export function requiredDestinationLabels(state: InstanceState): Record<string, string> {
  return state === 'Rescued' ? { [DESTINATION_LABEL]: 'true' } : {};
}

const MOVABLE: ReadonlySet<InstanceState> = new Set(['Running', 'Rescued', 'Pending', 'Starting']);

function anotherMigrationUnfinished({ subject, unfinished }: GateRequest): Refused | undefined {
  if (unfinished === undefined) return undefined;
  const { instance } = blamed(subject);
  return refused(
    409,
    'MigrationInProgress',
    `${instance} is being migrated already by ${nameOf(unfinished)} (phase ${unfinished.phase}). ` +
      `Wait until it is over, or ${wayOut(unfinished)}, then create this one again.`,
  );
}

function instanceNotMovable({ subject, instance: { state } }: GateRequest): Refused | undefined {
  if (MOVABLE.has(state)) return undefined;
  const { instance } = blamed(subject);
  return refused(
    409,
    'InstanceState',
    `Cannot live-migrate ${instance} while it is ${state}. Wait until it is Running or Rescued, ${afterwards(subject)}.`,
  );
}

function rescuedThroughOldVersion({
  subject,
  version,
  instance: { state },
}: GateRequest): Refused | undefined {
  if (state !== 'Rescued' || version === undefined || version === STORAGE_VERSION) return undefined;
  const { instance, group } = blamed(subject);
  return refused(
    409,
    'RescuedNotSupported',
    `Cannot live-migrate ${instance} while it is Rescued: ${group}/${version} does not know it. ` +
      `Create the LiveMigration through ${group}/${STORAGE_VERSION}.`,
  );
}

function driverCannotMigrateRescued({
  subject,
  migratesRescued,
  instance,
}: GateRequest): Refused | undefined {
  if (instance.state !== 'Rescued' || migratesRescued) return undefined;
  const { lead } = blamed(subject);
  return refused(
    400,
    'RescuedNotSupported',
    `${lead} live migration of rescued instances is not supported by driver ${subject.driver}. Unrescue the Instance first.`,
  );
}

function policyNotHonoured({ subject, unsupportedFields }: GateRequest): Refused | undefined {
  if (unsupportedFields.length === 0) return undefined;
  const { instance } = blamed(subject);
  const fields = unsupportedFields.join(', ');
  return refused(
    400,
    'FieldUnsupported',
    `Driver ${subject.driver} of ${instance} cannot honour ${fields}. Create the LiveMigration without it.`,
  );
}

function destinationUnknown({ subject, spec, nodes }: GateRequest): Refused | undefined {
  const name = spec.destination?.nodeName;
  if (name === undefined || nodes.some((node) => node.name === name)) return undefined;
  const { lead } = blamed(subject);
  return refused(
    400,
    'DestinationUnknown',
    `${lead} destination node "${name}" does not exist. Name another node.`,
  );
}

function destinationIsSource({ subject, spec, instance }: GateRequest): Refused | undefined {
  const name = spec.destination?.nodeName;
  if (name === undefined || name !== instance.node) return undefined;
  const { lead } = blamed(subject);
  return refused(
    400,
    'DestinationIsSource',
    `${lead} destination node "${name}" is the node that the VM runs on. Name another node.`,
  );
}

function destinationUnavailable({ subject, spec, nodes }: GateRequest): Refused | undefined {
  const node = nodes.find(({ name }) => name === spec.destination?.nodeName);
  const why = node && whyUnavailable(node);
  if (node === undefined || why === undefined) return undefined;
  const { lead } = blamed(subject);
  return refused(
    400,
    'DestinationUnavailable',
    `${lead} destination node "${node.name}" ${why}, or name another node.`,
  );
}

function whyUnavailable({ ready, cordoned, fenced }: ObservedNode): string | undefined {
  if (fenced) return 'is out of service. Bring it back';
  if (cordoned) return 'is cordoned. Uncordon it';
  return ready ? undefined : 'is not Ready. Wait until it is';
}

/** Source and destination are looked at apart, and both are named when both lack it. */
function nodesNotCapable({ subject, spec, instance, nodes }: NodesRequest): Refused | undefined {
  if (instance.state !== 'Rescued') return undefined;
  const find = (wanted: string | undefined) => nodes.find(({ name }) => name === wanted);
  const roles = [
    { role: 'source', label: SOURCE_LABEL, reason: 'SourceNotCapable', name: instance.node },
    {
      role: 'destination',
      label: DESTINATION_LABEL,
      reason: 'DestinationNotCapable',
      name: spec.destination?.nodeName,
    },
  ] as const;
  // A node that is not known has no label either.
  const lacking = roles.filter(
    ({ name, label }) => name !== undefined && find(name)?.labels[label] !== 'true',
  );
  const [first] = lacking;
  if (first === undefined) return undefined;
  const who = lacking.map(({ role, name }) => `${role} node "${name ?? ''}"`).join(' and by ');
  const labels = lacking.map(({ role, label }) => `${label}=true on the ${role}`).join(' and ');
  return refused(
    400,
    lacking.length > 1 ? 'NodesNotCapable' : first.reason,
    `${blamed(subject).lead} live migration of rescued instances is not supported by ${who}: missing label ${labels}. ` +
      remedy(lacking.map(({ role }) => role)),
  );
}

function remedy(roles: readonly string[]): string {
  return roles.includes('source')
    ? 'Upgrade the hypervisor of the node, or unrescue the Instance first.'
    : 'Name another node, or upgrade the hypervisor of this one.';
}

function noCapableDestination({ subject, spec, instance, nodes }: NodesRequest): Refused | undefined {
  if (instance.state !== 'Rescued' || spec.destination?.nodeName !== undefined) return undefined;
  const selector = {
    ...spec.destination?.nodeSelector,
    ...instance.placement,
    ...requiredDestinationLabels(instance.state),
  };
  const candidates = othersThan(instance.node, nodes, selector);
  if (candidates.some(({ lacks }) => lacks.length === 0)) return undefined;
  const { lead } = blamed(subject);
  return refused(
    400,
    'NoCapableDestination',
    `${lead} source node "${instance.node ?? ''}" supports live migration of rescued instances, but no destination does: ` +
      `${quotedNames(candidates)}. Make one of them fit, add a node, or unrescue the Instance first.`,
  );
}

/** The nodes that a VM could go to, each with what it lacks. `labels`: what it must have. */
export function othersThan(
  source: string | undefined,
  nodes: readonly ObservedNode[],
  labels: Readonly<Record<string, string>>,
): { readonly name: string; readonly lacks: readonly string[] }[] {
  return nodes
    .filter(({ name }) => name !== source)
    .map((node) => ({ name: node.name, lacks: whatIsLacking(node, labels) }));
}

function whatIsLacking(node: ObservedNode, labels: Readonly<Record<string, string>>): string[] {
  return [
    ...(node.ready ? [] : ['it is not Ready']),
    ...(node.cordoned ? ['it is cordoned'] : []),
    ...(node.fenced ? ['it is out of service'] : []),
    ...Object.entries(labels)
      .filter(([label, value]) => node.labels[label] !== value)
      .map(([label, value]) => `missing label ${label}=${value}`),
  ];
}

function vmNotMigratable({ subject, instance: { notMigratable } }: GateRequest): Refused | undefined {
  if (notMigratable === undefined) return undefined;
  const { lead } = blamed(subject);
  return refused(
    400,
    'NotMigratable',
    `${lead} driver ${subject.driver} can't move this VM live: ${notMigratable.message} (${notMigratable.reason}). ` +
      `Change what stands in the way, ${afterwards(subject)}.`,
  );
}
