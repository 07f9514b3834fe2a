import type { Host, ObservedAnchor, Placement } from '../../src/domain/anchor/placement.ts';

/** An anchor of a VM that is bound to node-a. */
export function anAnchor(fields: Partial<ObservedAnchor> = {}): ObservedAnchor {
  const { name = 'web-1-anchor-1' } = fields;
  return {
    name,
    uid: `uid of ${name}`,
    migrationUid: undefined,
    node: 'node-a',
    onlyOn: undefined,
    order: '',
    phase: 'Standing',
    unschedulable: undefined,
    ...fields,
  };
}

/** node-a, which is heard of. */
export function aHost(fields: Partial<Host> = {}): Host {
  return { name: 'node-a', heard: true, fenced: false, ...fields };
}

/** A VM that is where its one anchor is. */
export function aPlacement(fields: Partial<Placement> = {}): Placement {
  return { anchors: [anAnchor()], host: aHost(), refusal: undefined, ...fields };
}
