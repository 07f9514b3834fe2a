import { CLI_FIELD_MANAGER } from '../../api/names.ts';
import { INSTANCES } from '../../api/resources.ts';
import { isFieldManagerConflict } from '../../kube/api-errors.ts';
import type { KubeObject } from '../../kube/resource.ts';
import type { Invocation } from '../command.ts';
import { Complaint } from '../complaint.ts';
import { endOfRescue, type End } from '../ends.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { InstanceObject } from '../objects.ts';
import { ownedElsewhere } from '../owners.ts';
import { readInstance, shortName } from '../read.ts';
import { rescueApply, rescueFrom } from '../rescue-order.ts';
import type { Session } from '../session.ts';
import { timeoutOf, waitForEnd } from '../wait.ts';

/** Sets spec.rescue, and nothing else. */
export async function run(invocation: Invocation, session: Session): Promise<number> {
  const rescue = rescueFrom(invocation);
  const timeoutMs = timeoutOf(invocation);
  const applied = await applyRescue(session, invocation.names[0] ?? '', rescue);
  session.terminal.print(
    `${shortName('instance', applied.after.metadata.name)} ${applied.changed ? 'rescue requested' : 'unchanged'}`,
  );
  if (!invocation.has('wait')) return EXIT_CODES.done;
  return waitForRescue(session, { ...applied, wanted: 'Rescued', timeoutMs });
}

interface Applied {
  readonly after: KubeObject;
  readonly changed: boolean;
}

/** Sets or removes spec.rescue of an Instance where it is nobody else's. @throws Complaint */
export async function applyRescue(
  session: Session,
  name: string,
  rescue: object | undefined,
): Promise<Applied> {
  const { raw, instance } = await readInstance(session, name);
  const wanted = rescue === undefined ? 'removed' : 'set';
  const refusal = ownedElsewhere(instance, wanted);
  if (refusal !== undefined) throw new Complaint(refusal);
  try {
    const order = rescueApply(instance, rescue);
    const after = await session.instances.apply(order, { fieldManager: CLI_FIELD_MANAGER });
    return { after, changed: after.metadata.generation !== raw.metadata.generation };
  } catch (error) {
    if (!isFieldManagerConflict(error)) throw error;
    // Somebody has set it since it was read.
    const again = await readInstance(session, name);
    throw new Complaint(
      ownedElsewhere(again.instance, wanted) ?? 'Somebody has set spec.rescue meanwhile. Ask again.',
    );
  }
}

/** Waits for what `applyRescue` has asked for. */
export function waitForRescue(
  session: Session,
  goal: Pick<Applied, 'after'> & { readonly wanted: 'Rescued' | 'Unrescued'; readonly timeoutMs: number },
): Promise<number> {
  const { after, wanted, timeoutMs } = goal;
  const generation = after.metadata.generation ?? 0;
  const name = shortName('instance', after.metadata.name);
  const end = (object: KubeObject | undefined): End => {
    const found = endOfRescue(object && InstanceObject.parse(object), wanted, generation);
    return found.kind === 'Reached' ? { ...found, text: `${name} ${found.text}` } : found;
  };
  return waitForEnd(session, {
    resource: INSTANCES,
    first: after,
    timeoutMs,
    end,
    line: ({ text }) => text,
    goesOn: `It goes on all the same; kubectl medevac list -w shows how far it is.`,
  });
}
