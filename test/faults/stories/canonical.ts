import { EVICTED_LABEL } from '../../../src/api/names.ts';
import type { KubeObject } from '../../../src/kube/resource.ts';

/**
 * Objects without what differs between two runs of one story: uids, names and nodes become the number of their first
 * appearance, times become one word, and what only counts writes is left out, as is the namespace.
 */
const LEFT_OUT: ReadonlySet<string> = new Set([
  'namespace',
  'resourceVersion',
  'managedFields',
  'transferMilliseconds',
  'downtimeMilliseconds',
  EVICTED_LABEL,
]);
const UID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;
const NODE = /\b(?:node|lane-\d+)-[a-z]\b/g;
/** Beside the names of its nodes. */
const LANE = /\blane-\d+\b/g;
/** Drawn by KubeVirt: MAC addresses derive from the uid, pods have five letters of their own. */
const MAC = /\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b/g;
const POD = /\bvirt-launcher-([a-z0-9-]+)-[a-z0-9]{5}\b/g;
const ADDRESS = /\b(?:\d{1,3}\.){3}\d{1,3}\b/g;
/** A drain is known by the pod that is to be evicted or, where KubeVirt's mark of the eviction is seen before it is noted, by the boot. */
const DRAIN = /-drain-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}-/g;
/** Ours, from a uid. */
const DIGEST = /\b[0-9a-f]{12,64}\b/g;

/**
 * A VirtualMachineInstance without what tells of the way rather than of the end. It has no status subresource, so its
 * generation counts how often virt-handler and virt-controller have written what they saw; and its active pods are those
 * that were there when it was last written, be they over by now or not: those that live are compared.
 */
export function instanceAtItsEnd(
  { metadata: { generation: _writes, ...metadata }, status, ...rest }: StoredInstance,
  livePods: ReadonlySet<string>,
): object {
  const { activePods = {}, ...others } = status ?? {};
  const live = Object.entries(activePods).filter(([uid]) => livePods.has(uid));
  return { ...rest, metadata, status: { ...others, activePods: Object.fromEntries(live) } };
}

/**
 * A VirtualMachineInstanceMigration without the phases that it was in: virt-controller takes one a look, and passes the rest
 * over where the handlers were faster and the migration has failed meanwhile. Which one it ended in is compared.
 */
export function migrationAtItsEnd({ status, ...rest }: StoredMigration): object {
  const { phaseTransitionTimestamps: _passed, ...others } = status ?? {};
  return { ...rest, status: others };
}

interface StoredMigration extends KubeObject {
  readonly status?: { readonly phaseTransitionTimestamps?: unknown };
}

interface StoredInstance extends KubeObject {
  readonly metadata: KubeObject['metadata'] & { readonly generation?: number };
  readonly status?: { readonly activePods?: Readonly<Record<string, string>> };
}

/** Text of a value, the same for all runs that end alike. */
export function canonical(value: unknown): string {
  const names = new Map<string, string>();
  const numbered = (kind: string) => (found: string) => {
    const known =
      names.get(found) ?? `${kind}-${[...names.values()].filter((name) => name.startsWith(kind)).length + 1}`;
    names.set(found, known);
    return known;
  };
  const inText = (text: string): string =>
    text
      .replaceAll(TIME, 'TIME')
      .replaceAll(DRAIN, '-drain-EVICTED-')
      .replaceAll(UID, numbered('uid'))
      .replaceAll(NODE, numbered('NODE'))
      .replaceAll(LANE, 'LANE')
      .replaceAll(MAC, numbered('mac'))
      .replaceAll(POD, 'virt-launcher-$1')
      .replaceAll(ADDRESS, 'ADDRESS')
      .replaceAll(DIGEST, numbered('digest'));
  const walk = (part: unknown): unknown => {
    if (typeof part === 'string') return inText(part);
    if (Array.isArray(part)) return part.map(walk);
    if (typeof part !== 'object' || part === null) return part;
    const entries = Object.entries(part)
      .filter(([key]) => !LEFT_OUT.has(key))
      .toSorted(([one], [other]) => (one < other ? -1 : 1));
    // uids are in no order.
    if (entries.some(([key]) => key.match(UID))) return entries.map(([, inner]) => walk(inner)).toSorted();
    return Object.fromEntries(entries.map(([key, inner]) => [key, walk(inner)]));
  };
  return JSON.stringify(walk(value), undefined, 1);
}
