import type { LiveMigration } from '../../api/live-migration.ts';
import {
  DRAINED_NODE_LABEL,
  EVICTED_LABEL,
  GROUP,
  INSTANCE_UID_LABEL,
  STORAGE_VERSION,
} from '../../api/names.ts';
import { fingerprint } from '../fingerprint.ts';
import { isFinal } from '../live-migration/decide.ts';
import type { EvacuationRequest } from './request.ts';

/** What became of the LiveMigrations that a drain has made for one eviction. */
export interface PastAttempts {
  /** Number of the next one. */
  readonly next: number;
  /** How many did not succeed since the last one that did. */
  readonly failed: number;
  /** When the last one was over. RFC 3339. */
  readonly endedAt: string | undefined;
}

/** Whether a drain has made a LiveMigration; what others made is none of its business. */
export function isMadeByDrain({ metadata }: Pick<LiveMigration, 'metadata'>): boolean {
  return metadata.labels?.[EVICTED_LABEL] !== undefined;
}

/** `migrations`: of the Instance, whoever made them. */
export function pastAttempts(
  migrations: readonly LiveMigration[],
  { id }: Pick<EvacuationRequest, 'id'>,
): PastAttempts {
  const own = migrations
    .filter(({ metadata }) => metadata.labels?.[EVICTED_LABEL] === id)
    .toSorted((a, b) => numberOf(a) - numberOf(b));
  const over = own.filter(({ status }) => isFinal(status?.phase));
  const lastSuccess = over.findLastIndex(({ status }) => status?.phase === 'Succeeded');
  return {
    next: numberOf(own.at(-1)) + 1,
    failed: over.length - 1 - lastSuccess,
    endedAt: over.at(-1)?.status?.completionTime,
  };
}

function numberOf(migration: LiveMigration | undefined): number {
  const { name } = migration?.metadata ?? { name: '-0' };
  return Number(name.slice(name.lastIndexOf('-') + 1));
}

/** The Instance that is to be moved. */
interface Owner {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** The LiveMigration of one attempt. Its name is made of what it is for, so that it is made once. */
export function drainMigration(
  { namespace, name, uid }: Owner,
  { node, id }: EvacuationRequest,
  { attempt, destination }: { readonly attempt: number; readonly destination: string | undefined },
) {
  const labels = {
    [INSTANCE_UID_LABEL]: uid,
    [EVICTED_LABEL]: id,
    [DRAINED_NODE_LABEL]: drainedNodeLabel(node),
  };
  const owner = { apiVersion: `${GROUP}/${STORAGE_VERSION}`, kind: 'Instance', name, uid };
  return {
    metadata: { namespace, name: `${name}-drain-${id}-${attempt}`, labels, ownerReferences: [owner] },
    spec: {
      instanceName: name,
      ...(destination !== undefined && { destination: { nodeName: destination } }),
    },
  };
}

const LONGEST_LABEL = 63;

/** The name of a node as the value of DRAINED_NODE_LABEL, which may be shorter. */
export function drainedNodeLabel(node: string): string {
  if (node.length <= LONGEST_LABEL) return node;
  const hash = fingerprint(node);
  return `${node.slice(0, LONGEST_LABEL - hash.length - 1)}-${hash}`;
}
