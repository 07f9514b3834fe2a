import {
  DESTINATION_LABEL,
  OVERRIDE_DESTINATION_LABEL,
  OVERRIDE_SOURCE_LABEL,
  SOURCE_LABEL,
} from '../../api/names.ts';

/** What a node can be in a migration. */
export type NodeRole = 'source' | 'destination';

export const NODE_ROLES: readonly NodeRole[] = ['source', 'destination'];

/** The label that says that a node can take the role with a rescued VM; written by the operator alone. */
export const CAPABILITY_LABEL: Readonly<Record<NodeRole, string>> = {
  source: SOURCE_LABEL,
  destination: DESTINATION_LABEL,
};

/** The label by which an admin says so. */
export const OVERRIDE_LABEL: Readonly<Record<NodeRole, string>> = {
  source: OVERRIDE_SOURCE_LABEL,
  destination: OVERRIDE_DESTINATION_LABEL,
};
