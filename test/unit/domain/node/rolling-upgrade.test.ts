import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { gate } from '../../../../src/domain/gate.ts';
import {
  anOldNode,
  happen,
  HAPPENINGS,
  isCapable,
  isCapableDestination,
  isLabelled,
  shownTo,
  type Happening,
  type ModelNode,
} from './upgrade-model.ts';

const NAMES = Array.from({ length: 10 }, (_, index) => `node-${index}`);
const REPLACEMENT: readonly Happening[] = ['stop', 'vanish', 'start new', 'become ready', 'beat'];

/** Whether a LiveMigration of an Instance that is rescued on one node, to the other, is admitted. */
function isAdmitted(source: ModelNode, destination: ModelNode): boolean {
  const verdict = gate({
    subject: { namespace: 'team-a', instanceName: 'web-1', driver: 'kubevirt' },
    version: 'v1beta1',
    spec: { destination: { nodeName: destination.name } },
    instance: { state: 'Rescued', node: source.name, placement: {}, notMigratable: undefined },
    nodes: [source, destination].map(shownTo),
    unfinished: undefined,
    unsupportedFields: [],
    migratesRescued: true,
  });
  return verdict.kind === 'Admitted';
}

/** `A → B` for all that would be admitted now. */
function admitted(nodes: readonly ModelNode[]): string[] {
  return nodes.flatMap((source) =>
    nodes
      .filter((destination) => destination !== source && isAdmitted(source, destination))
      .map((destination) => `${source.name} → ${destination.name}`),
  );
}

/** What is admitted from or to a node that can't, although the operator has looked at both since. */
function wronglyAdmitted(nodes: readonly ModelNode[]): string[] {
  const looked = nodes.filter(({ woken }) => !woken);
  return looked.flatMap((source) =>
    looked
      .filter((destination) => destination !== source && isAdmitted(source, destination))
      .filter((destination) => !isCapable(source) || !isCapableDestination(destination))
      .map((destination) => `${source.name} → ${destination.name}`),
  );
}

function change(nodes: readonly ModelNode[], name: string, what: Happening): ModelNode[] {
  return nodes.map((node) => (node.name === name ? happen(node, what) : node));
}

describe('a rolling upgrade of ten nodes, one by one', () => {
  it('admits migrations among the upgraded nodes, and no others, at each moment', () => {
    let nodes = NAMES.map(anOldNode);
    expect(admitted(nodes)).toEqual([]);
    for (const [index, name] of NAMES.entries()) {
      for (const what of REPLACEMENT) {
        nodes = change(nodes, name, what);
        expect(wronglyAdmitted(nodes)).toEqual([]);
        nodes = change(nodes, name, 'reconcile');
        const able = nodes.filter(isCapable).map((node) => node.name);
        expect(able).toEqual(NAMES.slice(0, what === 'become ready' || what === 'beat' ? index + 1 : index));
        expect(wronglyAdmitted(nodes)).toEqual([]);
      }
      expect(admitted(nodes)).toHaveLength((index + 1) * index);
    }
  });
});

describe('ten nodes to which anything happens, in any order', () => {
  it('never admit from or to a node that can not, once the operator has looked at it', () => {
    const step = fc.record({ name: fc.constantFrom(...NAMES), what: fc.constantFrom(...HAPPENINGS) });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 120 }), (steps) => {
        let nodes = NAMES.map(anOldNode);
        for (const { name, what } of steps) {
          // Time passes for all of them.
          nodes = what === 'wait' ? nodes.map((node) => happen(node, 'wait')) : change(nodes, name, what);
          expect(wronglyAdmitted(nodes)).toEqual([]);
        }
        const looked = nodes.map((node) => happen(node, 'reconcile'));
        expect(admitted(looked)).toEqual(admitted(looked.filter(isCapable)));
      }),
      { numRuns: 60 },
    );
  });
});

/** All that matters of a node, with times as far as they differ. */
function keyOf(node: ModelNode): string {
  const { now, heartbeat, lookAt, ...others } = node;
  const age = Math.min(now - heartbeat, 480_000);
  return JSON.stringify({ ...others, age, lookIn: Math.max(lookAt - now, 0) });
}

/** Every state that one node can be in, with how it came there. */
function explore(): { node: ModelNode; path: readonly Happening[] }[] {
  const found = new Map<string, { node: ModelNode; path: readonly Happening[] }>();
  const waiting: { node: ModelNode; path: readonly Happening[] }[] = [
    { node: anOldNode('node-0'), path: [] },
  ];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const key = keyOf(next.node);
    if (found.has(key)) continue;
    found.set(key, next);
    for (const what of HAPPENINGS)
      waiting.push({ node: happen(next.node, what), path: [...next.path, what] });
  }
  return [...found.values()];
}

describe('every state that a node can be in during an upgrade', () => {
  const states = explore();
  process.stdout.write(`explored ${states.length} states of a node that is upgraded\n`);

  it('has the labels that it should have, or a pass of the operator is due', () => {
    const wrong = states.filter(({ node }) => {
      const { source, destination } = isLabelled(node);
      return !node.woken && ((source && !isCapable(node)) || (destination && !isCapableDestination(node)));
    });
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  it('has exactly the labels that it should have after one pass, and after two no other', () => {
    const wrong = states.filter(({ node }) => {
      const once = happen(node, 'reconcile');
      const twice = happen(once, 'reconcile');
      const { source, destination } = isLabelled(once);
      const right = source === isCapable(once) && destination === isCapableDestination(once);
      return !right || JSON.stringify(twice.labels) !== JSON.stringify(once.labels);
    });
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  // The window that no operator can close: from the moment at which a handler goes until the label is gone. What was
  // admitted in it is asked again before it starts, and what was ordered in it finds no node with the label any more.
  it('in which something wrong would be admitted does not outlive the pass that is due', () => {
    const windows = states.filter(({ node }) => isLabelled(node).source && !isCapable(node));
    expect(windows.length).toBeGreaterThan(0);
    const capable = REPLACEMENT.reduce(happen, anOldNode('node-1'));
    const other = happen(capable, 'reconcile');
    for (const { node } of windows) {
      const after = happen(node, 'reconcile');
      expect(node.woken).toBe(true);
      expect([isAdmitted(after, other), isAdmitted(other, after)]).toEqual([false, false]);
      expect(isLabelled(after)).toEqual({ source: false, destination: false });
    }
  });
});
