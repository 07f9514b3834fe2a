import fc from 'fast-check';
import { aNode } from '../../../../builders/nodes.ts';

const NODES = ['a', 'b', 'c', 'd'] as const;

/** What becomes of its migrations: the memory driver reads it from the name. */
const FATES = ['', '', '-slow', '-migration-fails', '-not-migratable'] as const;

/** Clusters with VMs, of which one or two nodes are drained at once, and what disturbs that meanwhile. */
export const CLUSTERS = fc.record({
  limits: fc.record({
    perSource: fc.integer({ min: 1, max: 3 }),
    perCluster: fc.integer({ min: 1, max: 4 }),
    perDestination: fc.constant(2),
  }),
  nodes: fc
    .tuple(
      ...NODES.map((name) =>
        fc
          .record({
            capable: fc.constantFrom('Both', 'Both', 'Source', 'Destination', 'Neither'),
            ready: fc.constantFrom(true, true, true, false),
            labels: fc.constantFrom({ zone: 'x' }, { zone: 'y' }),
          })
          .map((options) => aNode(name, options)),
      ),
    )
    .map((nodes) => [...nodes]),
  vms: fc
    .array(
      fc.record({
        // Mostly on one that is drained.
        node: fc.constantFrom('a', 'a', 'a', 'a', ...NODES),
        state: fc.constantFrom('Running', 'Rescued'),
        policy: fc.constantFrom('LiveMigrate', 'LiveMigrate', 'LiveMigrate', 'Block'),
        priority: fc.integer({ min: -1, max: 1 }),
        zone: fc.constantFrom(undefined, undefined, 'x', 'y'),
        fate: fc.constantFrom(...FATES),
      }),
      { minLength: 1, maxLength: 6 },
    )
    .map((vms) => vms.map((vm, index) => ({ ...vm, name: `vm-${index}${vm.fate}` }))),
  drained: fc.constantFrom<readonly string[]>(['a'], ['a', 'b']),
  disturbances: fc.array(
    fc.record({
      afterSeconds: fc.integer({ min: 0, max: 40 }),
      what: fc.constantFrom('restart', 'delete', 'abort'),
    }),
    { maxLength: 3 },
  ),
});
export type Cluster = typeof CLUSTERS extends fc.Arbitrary<infer T> ? T : never;
export type Vm = Cluster['vms'][number];
