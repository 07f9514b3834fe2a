import { gateOfNodes, requiredDestinationLabels } from './gate.ts';
import { blamed, nameOf, wayOut, type GateSubject, type OtherMigration } from './gate-texts.ts';
import { ownVm, type InstanceObservation } from './instance/observation.ts';
import { stateOf } from './instance/state.ts';
import type { ObservedNode } from './observed.ts';
import { ADMITTED, refused, type Refused, type Verdict } from './verdict.ts';

/** A migration of an Instance's VM that somebody else asks the backend for, past our API. */
export interface ForeignMigrationRequest {
  readonly instance: InstanceObservation;
  readonly nodes: readonly ObservedNode[];
  /** Labels that it asks of its destination. */
  readonly destinationLabels: Readonly<Record<string, string>>;
  /** The unfinished LiveMigration that holds the Instance. */
  readonly holder: OtherMigration | undefined;
}

export type ForeignMigrationVerdict =
  | Verdict
  /** It may begin if its destination must have these labels. */
  | { readonly kind: 'Narrowed'; readonly destinationLabels: Readonly<Record<string, string>> };

/**
 * Whether a migration that is not ours may begin. It is let through where nothing is being done to the Instance and it
 * is not rescued. A rescued guest may only leave a capable node, and only for another one.
 */
export function admitForeignMigration(request: ForeignMigrationRequest): ForeignMigrationVerdict {
  const vm = ownVm(request.instance);
  if (vm === undefined) return ADMITTED;
  const refusal = lockHeld(request);
  if (refusal !== undefined) return refusal;
  // By what is booted, not by the state: a rescue system that is paused, or starts, is one as well.
  return vm.running?.boot.mode === 'Rescue' ? ofRescued(request) : ADMITTED;
}

function lockHeld({ instance: observation, holder }: ForeignMigrationRequest): Refused | undefined {
  const { lead } = blamed(subjectOf(observation));
  if (holder !== undefined) {
    const text = `${lead} it is being migrated by ${nameOf(holder)} (phase ${holder.phase}). Wait until that is over, or ${wayOut(holder)}.`;
    return refused(409, 'MigrationInProgress', text);
  }
  const lock = observation.instance.status?.operation;
  if (lock === undefined || lock.type === 'Migrate') return undefined;
  const state = stateOf(observation, lock);
  return refused(409, 'InstanceState', `${lead} it is ${state}. Wait until that is over, then try again.`);
}

function ofRescued(request: ForeignMigrationRequest): ForeignMigrationVerdict {
  const { instance: observation, nodes, destinationLabels } = request;
  const required = { ...destinationLabels, ...requiredDestinationLabels('Rescued') };
  const verdict = gateOfNodes({
    subject: subjectOf(observation),
    spec: { destination: { nodeSelector: required } },
    instance: {
      state: 'Rescued',
      node: observation.vm?.running?.node,
      placement: observation.instance.spec.placement?.nodeSelector ?? {},
    },
    nodes,
  });
  if (verdict.kind === 'Refused') return verdict;
  const isNarrow = Object.entries(required).every(([label, value]) => destinationLabels[label] === value);
  return isNarrow ? ADMITTED : { kind: 'Narrowed', destinationLabels: required };
}

function subjectOf({ instance: { metadata }, driver }: InstanceObservation): GateSubject {
  return { namespace: metadata.namespace, instanceName: metadata.name, driver, asker: 'KubeVirt' };
}
