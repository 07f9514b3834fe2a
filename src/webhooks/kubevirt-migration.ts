import * as z from 'zod';
import type { LiveMigration } from '../api/live-migration.ts';
import { MIGRATION_UID_LABEL } from '../api/names.ts';
import { observeInstance, observeNodes } from '../controllers/observe.ts';
import { unfinishedMigrations, type World } from '../controllers/world.ts';
import { admitForeignMigration } from '../domain/foreign-migration.ts';
import type { OtherMigration } from '../domain/gate-texts.ts';
import { ADMITTED } from '../domain/verdict.ts';
import { formatKey } from '../kube/resource.ts';
import type { Answer, Judge } from './review.ts';
import type { InstanceNamed } from './second-look.ts';

/** A VirtualMachineInstanceMigration that is being created, as far as it is judged here. */
const SubmittedMigration = z.object({
  metadata: z.object({ labels: z.record(z.string(), z.string()).default({}) }),
  spec: z.object({
    vmiName: z.string(),
    addedNodeSelector: z.record(z.string(), z.string()).default({}),
  }),
});
type SubmittedMigration = z.infer<typeof SubmittedMigration>;

/** Judges KubeVirt's migrations that were not made for a LiveMigration, and sends those of rescued VMs to capable nodes only. */
export function judgeKubeVirtMigration(world: World): Judge {
  return ({ operation, namespace, object }) => {
    if (operation !== 'CREATE') return ADMITTED;
    // KubeVirt says itself what is wrong with an object that can't be read.
    const { success, data } = SubmittedMigration.safeParse(object);
    return success ? judge(world, namespace, data) : ADMITTED;
  };
}

/** The one whose VM is to be moved. */
export const instanceOfVm: InstanceNamed = ({ namespace, object }) => {
  const { data } = SubmittedMigration.safeParse(object);
  return data && { namespace, name: data.spec.vmiName };
};

function judge(world: World, namespace: string, { metadata, spec }: SubmittedMigration): Answer {
  const key = formatKey({ namespace, name: spec.vmiName });
  const instance = world.instances.get(key);
  if (instance === undefined) return ADMITTED;
  const observation = observeInstance(world, instance);
  const holder = unfinishedMigrations(world, key).find(
    ({ metadata: { uid } }) => uid === observation.migration?.uid,
  );
  if (isMadeFor(holder, metadata.labels)) return ADMITTED;
  const verdict = admitForeignMigration({
    instance: observation,
    nodes: observeNodes(world),
    destinationLabels: spec.addedNodeSelector,
    holder: holder && asOther(holder),
  });
  if (verdict.kind !== 'Narrowed') return verdict;
  const patch = { op: 'add', path: '/spec/addedNodeSelector', value: verdict.destinationLabels } as const;
  return { kind: 'Changed', patch: [patch] };
}

/** The one that a LiveMigration is waiting for. */
function isMadeFor(holder: LiveMigration | undefined, labels: Readonly<Record<string, string>>): boolean {
  return holder !== undefined && labels[MIGRATION_UID_LABEL] === holder.metadata.uid;
}

function asOther({ metadata, status }: LiveMigration): OtherMigration {
  return { name: metadata.name, phase: status?.phase ?? 'Preparing' };
}
