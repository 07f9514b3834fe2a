import type { InstanceStatus } from '../../api/instance.ts';
import { isAskedToLeave } from '../evacuation/sight.ts';
import type { InstanceDecision } from './decide.ts';
import type { InstanceObservation } from './observation.ts';
import type { InstanceStatement } from './reasons.ts';

interface View {
  readonly observation: Pick<InstanceObservation, 'evacuation'>;
  readonly decision: Pick<InstanceDecision, 'lock'>;
  /** RFC 3339. */
  readonly now: string;
}

type Evacuating = Extract<InstanceStatement, { type: 'Evacuating' }>;

/** Whose turn it is, is told by the drain itself: here that would be a write for each move of the queue. */
export function evacuating({ observation: { evacuation }, decision: { lock }, now }: View): Evacuating {
  const isMigrating = lock?.type === 'Migrate';
  if (evacuation === undefined || !(isMigrating || isAskedToLeave(evacuation, Date.parse(now)))) {
    const message = 'Nobody asks for the VM to leave its node.';
    return { type: 'Evacuating', status: 'False', reason: 'NotEvacuating', message };
  }
  const { request, prospect } = evacuation;
  const leaving = `Node "${request.node}" is being drained;`;
  if (isMigrating) {
    const message = `${leaving} a live migration takes the VM away.`;
    return { type: 'Evacuating', status: 'True', reason: 'LiveMigration', message };
  }
  if (prospect.blocked !== undefined) {
    return { type: 'Evacuating', status: 'True', ...prospect.blocked };
  }
  const message = `${leaving} the VM waits for its turn.`;
  return { type: 'Evacuating', status: 'True', reason: 'Waiting', message };
}

/** The note of an eviction, as long as it says something: of the node that the VM is on, or is being taken away from. */
export function evacuationNote(
  { instance, evacuation }: Pick<InstanceObservation, 'instance' | 'evacuation'>,
  { lock }: Pick<InstanceDecision, 'lock'>,
  now: string,
): InstanceStatus['evacuation'] {
  const note = instance.status?.evacuation;
  if (lock?.type === 'Migrate') return note;
  return evacuation !== undefined && isAskedToLeave({ ...evacuation, cordoned: true }, Date.parse(now))
    ? note
    : undefined;
}
