import type { View } from '../../engine/view.ts';
import type { MigrationConfiguration, MigrationPolicy, VirtualMachineInstance } from '../../objects/kinds.ts';
import { installNamespace } from '../../objects/names.ts';

/** KubeVirt's defaults for a migration. */
const defaults: MigrationConfiguration = {
  nodeDrainTaintKey: 'kubevirt.io/drain',
  parallelOutboundMigrationsPerNode: 2,
  parallelMigrationsPerCluster: 5,
  allowAutoConverge: false,
  bandwidthPerMigration: '0',
  completionTimeoutPerGiB: 150,
  maxDowntimeMs: 900,
  progressTimeout: 150,
  utilityVolumesTimeout: 150,
  unsafeMigrationOverride: false,
  allowPostCopy: false,
  allowWorkloadDisruption: false,
};

/** The defaults, and what the installation's configuration says instead. */
export function migrationConfiguration(view: View): MigrationConfiguration {
  const installation = view.get('KubeVirt', `${installNamespace}/kubevirt`);
  return { ...defaults, ...installation?.spec?.configuration?.migrations };
}

export interface ResolvedConfiguration {
  readonly migrationConfiguration: object;
  readonly migrationPolicyName?: string;
}

/** The policy with the most matching labels wins; its name decides between equals. */
export function resolveConfiguration(view: View, instance: VirtualMachineInstance): ResolvedConfiguration {
  const namespace = view.get('Namespace', instance.metadata.namespace ?? '');
  const [best] = view
    .list('MigrationPolicy')
    .map((policy) => ({ policy, score: score(policy, instance, namespace?.metadata.labels ?? {}) }))
    .filter((candidate) => candidate.score !== undefined)
    .toSorted(
      (a, b) => (b.score ?? 0) - (a.score ?? 0) || (a.policy.metadata.name < b.policy.metadata.name ? -1 : 1),
    );
  if (best === undefined) {
    return { migrationConfiguration: migrationConfiguration(view) };
  }
  const { selectors: _selectors, ...options } = best.policy.spec ?? {};
  const disruption = options['allowWorkloadDisruption'] ?? options['allowPostCopy'];
  return {
    migrationPolicyName: best.policy.metadata.name,
    migrationConfiguration: {
      ...migrationConfiguration(view),
      ...options,
      ...(disruption !== undefined && { allowWorkloadDisruption: disruption }),
    },
  };
}

/** How many labels match; undefined when one does not, or when the policy selects nothing. */
function score(
  policy: MigrationPolicy,
  instance: VirtualMachineInstance,
  namespaceLabels: Record<string, string>,
): number | undefined {
  const { selectors } = policy.spec ?? {};
  if (selectors === undefined) {
    return undefined;
  }
  const own = Object.entries(selectors.virtualMachineInstanceSelector ?? {});
  const outer = Object.entries(selectors.namespaceSelector ?? {});
  const matches =
    own.every(([key, value]) => instance.metadata.labels?.[key] === value) &&
    outer.every(([key, value]) => namespaceLabels[key] === value);
  return matches ? own.length + outer.length : undefined;
}
