import { event } from '../../engine/plan.ts';
import type { Plan } from '../../engine/plan.ts';
import type { View } from '../../engine/view.ts';
import { isDecentralised, isMigrationFinal } from '../../objects/instance.ts';
import type { Pod } from '../../objects/cluster-kinds.ts';
import type { Migration, MigrationState, VirtualMachineInstance } from '../../objects/kinds.ts';
import { label } from '../../objects/names.ts';
import { controllerComponent } from '../common.ts';

export interface MigrationContext {
  readonly view: View;
  readonly migration: Migration;
  readonly instance: VirtualMachineInstance;
  /** The migration's target pod. */
  readonly pod: Pod | undefined;
  readonly memory: MigrationMemory;
  readonly now: Date;
}

/** What virt-controller knows beside its caches. */
export interface MigrationMemory {
  /** Migrations that it has handed over, by uid. */
  readonly handedOff: Set<string>;
  /** Instances for which a target pod is being made, by uid: KubeVirt's workers hold a lock meanwhile. */
  readonly starting: Set<string>;
}

export function newMigrationMemory(): MigrationMemory {
  return { handedOff: new Set(), starting: new Set() };
}

export function targetPodOf(
  view: View,
  migration: Migration,
  instance: VirtualMachineInstance,
): Pod | undefined {
  return view
    .podsOf(instance.metadata.uid)
    .find(({ metadata }) => metadata.labels?.[label.migrationJob] === migration.metadata.uid);
}

/** The instance's migration state, if it is this migration's and not one left over from an earlier one. */
export function ownState({ migration, instance }: MigrationContext): MigrationState | undefined {
  const state = instance.status?.migrationState;
  return state?.migrationUid === migration.metadata.uid ? state : undefined;
}

/** Any state on the instance counts as "synchronized" for a migration within one cluster, even a left-over one. */
export function anyState({ migration, instance }: MigrationContext): MigrationState | undefined {
  return isDecentralised(migration) ? undefined : instance.status?.migrationState;
}

export function isHandedOff(context: MigrationContext): boolean {
  return (
    ownState(context) !== undefined || context.memory.handedOff.has(context.migration.metadata.uid ?? '')
  );
}

/** Whether the instance's migration state belongs to nobody who still needs it. */
export function canMigrate({ view, migration, instance }: MigrationContext): boolean {
  const uid = instance.status?.migrationState?.migrationUid ?? '';
  if (uid === '' || uid === migration.metadata.uid) {
    return true;
  }
  const other = view
    .list('VirtualMachineInstanceMigration')
    .find(({ metadata }) => metadata.namespace === migration.metadata.namespace && metadata.uid === uid);
  return other === undefined || isMigrationFinal(other);
}

export function* migrationEvent(
  migration: Migration,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
): Plan {
  yield* event('VirtualMachineInstanceMigration', migration, {
    type,
    reason,
    message,
    component: controllerComponent,
  });
}
