import type { V1VirtualMachineInstanceMigration } from '@kubevirt-ui-ext/kubevirt-api/kubevirt';
import { GROUP, MIGRATION_UID_LABEL, STORAGE_VERSION } from '../../api/names.ts';
import type { MigrationOrder } from '../driver.ts';
import { migrationName } from './observe-migration.ts';

/** A node selector knows labels only; this one has the host name of the node, which need not be its name. */
export const HOSTNAME_LABEL = 'kubernetes.io/hostname';
/** Seconds after which virt-controller gives up a target pod that kube-scheduler finds no node for; its default is 300. */
const SEARCH_TIMEOUT_ANNOTATION = 'kubevirt.io/migrationUnschedulablePodTimeoutSeconds';

/**
 * The target pod's nodeSelector has the labels, so that the scheduler holds the gate, too. It is owned by its
 * LiveMigration: one that was deleted while the order was under way leaves nothing behind, also while we are down.
 * @param hostname of the destination, where one is named
 */
export function renderMigration(order: MigrationOrder, hostname: string | undefined) {
  const { key, migrationUid, migrationName: owner, destinationLabels, longestSearch } = order;
  const addedNodeSelector = {
    ...destinationLabels,
    ...(hostname !== undefined && { [HOSTNAME_LABEL]: hostname }),
  };
  return {
    metadata: {
      name: migrationName(migrationUid),
      namespace: key.namespace,
      labels: { [MIGRATION_UID_LABEL]: migrationUid },
      ...(longestSearch !== undefined && {
        annotations: { [SEARCH_TIMEOUT_ANNOTATION]: String(longestSearch) },
      }),
      ownerReferences: [
        {
          apiVersion: `${GROUP}/${STORAGE_VERSION}`,
          kind: 'LiveMigration',
          name: owner,
          uid: migrationUid,
        },
      ],
    },
    spec: {
      vmiName: key.name,
      ...(Object.keys(addedNodeSelector).length > 0 && { addedNodeSelector }),
    },
  } satisfies V1VirtualMachineInstanceMigration;
}
