import fc from 'fast-check';
import type * as z from 'zod';
import type { LiveMigrationSpec } from '../../../../src/api/live-migration.ts';
import type { NodeOptions } from '../../../builders/nodes.ts';
import type { Doing, Wanted } from './command.ts';
import { EDITS, FIRST_SPEC, RESCUES, type Spec } from './edits.ts';

/** Of every cluster that is played on; their zones differ. */
export const ZONES = { a: 'x', b: 'y', c: 'x' } as const;
export type NodeName = keyof typeof ZONES;
export const NODES = Object.keys(ZONES) as NodeName[];

export type Capable = NonNullable<NodeOptions['capable']>;
export type MigrationWishes = Partial<z.input<typeof LiveMigrationSpec>>;

/** Where users and admins act. */
export interface Cluster {
  /** Creates an Instance, or replaces its spec; whether that was admitted. */
  apply(name: string, spec: Spec): boolean | Promise<boolean>;
  remove(name: string): unknown;
  migrate(name: string, wishes: MigrationWishes): unknown;
  /** To the newest LiveMigration of an Instance, if there is one. */
  interfere(name: string, what: 'abort' | 'delete' | 'forceComplete'): unknown;
  /** A VM is deleted behind the operator's back. */
  destroy(name: string): unknown;
  label(node: NodeName, capable: Capable): unknown;
  cordon(node: NodeName, cordoned: boolean): unknown;
  drain(node: NodeName): unknown;
  endDrain(node: NodeName): unknown;
}

/** One thing that users and admins do. */
export type UserAction =
  | {
      readonly kind: 'create' | 'unrescue' | 'remove' | 'abort' | 'forget' | 'forceComplete' | 'destroy';
      readonly name: string;
    }
  | { readonly kind: 'edit'; readonly name: string; readonly change: Partial<Spec> }
  | { readonly kind: 'rescue'; readonly name: string; readonly rescue: Spec['rescue'] }
  | { readonly kind: 'migrate'; readonly name: string; readonly wishes: MigrationWishes }
  | { readonly kind: 'label'; readonly node: NodeName; readonly capable: Capable }
  | { readonly kind: 'cordon' | 'uncordon' | 'drain' | 'endDrain'; readonly node: NodeName };

export const DOING: Doing<UserAction, Cluster> = {
  create: ({ name }, cluster, wanted) => apply(name, FIRST_SPEC, cluster, wanted),
  edit: ({ name, change }, cluster, wanted) =>
    apply(name, { ...wanted.get(name), ...change }, cluster, wanted),
  rescue: ({ name, rescue }, cluster, wanted) =>
    apply(name, { ...wanted.get(name), rescue }, cluster, wanted),
  unrescue: ({ name }, cluster, wanted) => {
    const { rescue: _, ...spec } = wanted.get(name) ?? {};
    return apply(name, spec, cluster, wanted);
  },
  remove: ({ name }, cluster, wanted) => {
    wanted.delete(name);
    return cluster.remove(name);
  },
  migrate: ({ name, wishes }, cluster) => cluster.migrate(name, wishes),
  abort: ({ name }, cluster) => cluster.interfere(name, 'abort'),
  forget: ({ name }, cluster) => cluster.interfere(name, 'delete'),
  forceComplete: ({ name }, cluster) => cluster.interfere(name, 'forceComplete'),
  destroy: ({ name }, cluster) => cluster.destroy(name),
  label: ({ node, capable }, cluster) => cluster.label(node, capable),
  cordon: ({ node }, cluster) => cluster.cordon(node, true),
  uncordon: ({ node }, cluster) => cluster.cordon(node, false),
  drain: ({ node }, cluster) => cluster.drain(node),
  endDrain: ({ node }, cluster) => cluster.endDrain(node),
};

async function apply(name: string, spec: Spec, cluster: Cluster, wanted: Wanted): Promise<void> {
  if (await cluster.apply(name, spec)) wanted.set(name, spec);
}

const WISHES: fc.Arbitrary<MigrationWishes> = fc.record(
  {
    destination: fc.constantFrom(...NODES).map((nodeName) => ({ nodeName })),
    policy: fc.constantFrom({ bandwidth: '256Mi' }, { completionTimeout: '3s' }),
  },
  { requiredKeys: [] },
);

/** An action of a kind, with such fields. */
export function of<A extends { readonly kind: string }>(
  kind: A['kind'],
  fields: Readonly<Record<string, fc.Arbitrary<unknown>>> = {},
): fc.Arbitrary<A> {
  return fc.record({ kind: fc.constant(kind), ...fields }) as unknown as fc.Arbitrary<A>;
}

/** Each thing that users and admins do; what is there twice is drawn more often. */
export function userActions(name: fc.Arbitrary<string>): fc.Arbitrary<UserAction>[] {
  const node = fc.constantFrom(...NODES);
  return [
    of('create', { name }),
    of('create', { name }),
    of('edit', { name, change: EDITS }),
    of('edit', { name, change: EDITS }),
    of('rescue', { name, rescue: RESCUES }),
    of('rescue', { name, rescue: RESCUES }),
    of('unrescue', { name }),
    of('remove', { name }),
    of('migrate', { name, wishes: WISHES }),
    of('migrate', { name, wishes: WISHES }),
    of('abort', { name }),
    of('forget', { name }),
    of('forceComplete', { name }),
    of('destroy', { name }),
    of('label', { node, capable: fc.constantFrom('Both', 'Source', 'Destination', 'Neither') }),
    of('cordon', { node }),
    of('uncordon', { node }),
    of('drain', { node }),
    of('endDrain', { node }),
  ];
}
