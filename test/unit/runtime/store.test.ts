import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { KubeObject } from '../../../src/kube/resource.ts';
import { Store } from '../../../src/runtime/store.ts';
import type { Change, StoreOptions } from '../../../src/runtime/store.ts';

interface Thing extends KubeObject {
  readonly node?: string;
}

function thing(name: string, version: number | string, rest: { uid?: string; node?: string } = {}): Thing {
  const { uid = 'u1', node } = rest;
  const metadata = { namespace: 'a', name, uid, resourceVersion: String(version) };
  return { metadata, ...(node !== undefined && { node }) };
}

interface Setup {
  readonly store: Store<Thing>;
  /** `Added x@1`, in order. */
  readonly told: string[];
}

function setUp(options: StoreOptions<Thing> = {}): Setup {
  const store = new Store<Thing>(options);
  const told: string[] = [];
  store.onChange((change) => told.push(text(change)));
  return { store, told };
}

function text({ type, object, previous }: Change<Thing>): string {
  const before = previous === undefined ? '' : `${previous.metadata.resourceVersion ?? ''}→`;
  return `${type} ${object.metadata.name}@${before}${object.metadata.resourceVersion ?? ''}`;
}

describe('a store', () => {
  it('tells of each step once, with the state before', () => {
    const { store, told } = setUp();

    store.upsert(thing('x', 9));
    store.upsert(thing('x', 10));
    store.remove(thing('x', 11));

    expect(told).toEqual(['Added x@9', 'Updated x@9→10', 'Deleted x@11']);
    expect(store.list()).toEqual([]);
  });

  it('is silent about the watch event of a write whose response it has', () => {
    const { store, told } = setUp();

    store.upsert(thing('x', 10));
    store.upsert(thing('x', 10));

    expect(told).toEqual(['Added x@10']);
  });

  it('compares versions as numbers, not as text', () => {
    const { store } = setUp();

    store.upsert(thing('x', 10));
    store.upsert(thing('x', 9));

    expect(store.get('a/x')?.metadata.resourceVersion).toBe('10');
  });

  it('compares versions beyond 2^53', () => {
    const { store, told } = setUp();

    store.upsert(thing('x', '9007199254740992'));
    store.upsert(thing('x', '9007199254740993'));

    expect(told).toHaveLength(2);
  });

  it('is not brought back by the late response of a write from before the deletion', () => {
    const { store, told } = setUp();

    store.upsert(thing('x', 10));
    store.remove(thing('x', 12));
    store.upsert(thing('x', 11));
    store.upsert(thing('x', 12));

    expect(store.get('a/x')).toBeUndefined();
    expect(told).toEqual(['Added x@10', 'Deleted x@12']);
  });

  it.each([
    ['is deleted already', true, []],
    ['is held in a state of known age', false, [thing('x', 10)]],
  ])('takes no answer without a version for an object that %s', (_, deleted, want) => {
    // The API server answers so to a write that raced with the deletion.
    const { store } = setUp();
    store.upsert(thing('x', 10));
    if (deleted) store.remove(thing('x', 12));

    store.upsert({ metadata: { namespace: 'a', name: 'x', uid: 'u1' } });

    expect(store.list()).toEqual(want);
  });

  it('knows of a deletion also when it never knew the object', () => {
    const { store } = setUp();

    store.remove(thing('x', 12));
    store.upsert(thing('x', 11));

    expect(store.list()).toEqual([]);
  });

  it('takes a new object of a name that was deleted', () => {
    const { store, told } = setUp();

    store.remove(thing('x', 12));
    store.upsert(thing('x', 13, { uid: 'u2' }));

    expect(told).toEqual(['Added x@13']);
  });

  it('forgets a deletion when no response can be that late', () => {
    const time = { now: 0 };
    const { store } = setUp({ monotonic: () => time.now });
    store.remove(thing('x', 12));

    time.now = 120_001;
    store.remove(thing('y', 20));
    store.upsert(thing('x', 11));

    expect(store.get('a/x')).toBeDefined();
  });

  it('tells of one object deleted and another added when the uid under a name changes', () => {
    const { store, told } = setUp();

    store.upsert(thing('x', 10, { uid: 'u1' }));
    store.upsert(thing('x', 15, { uid: 'u2' }));
    store.remove(thing('x', 12, { uid: 'u1' }));

    expect(told).toEqual(['Added x@10', 'Deleted x@10', 'Added x@15']);
    expect(store.get('a/x')?.metadata.uid).toBe('u2');
  });

  it('takes what has no version as it comes', () => {
    const { store } = setUp();
    const unversioned: Thing = { metadata: { namespace: 'a', name: 'x' }, node: 'n1' };

    store.upsert(unversioned);
    store.upsert({ ...unversioned, node: 'n2' });

    expect(store.get('a/x')?.node).toBe('n2');
  });

  it('tells a late handler of what is there already', () => {
    const store = new Store<Thing>();
    store.upsert(thing('x', 1));
    const told: string[] = [];

    store.onChange((change) => told.push(text(change)));

    expect(told).toEqual(['Added x@1']);
  });

  it('tells the other handlers when one throws, and hands the error on', () => {
    const errors: unknown[] = [];
    const store = new Store<Thing>({ onHandlerError: (error) => errors.push(error) });
    const told: string[] = [];
    store.onChange(() => {
      throw new Error('handler broke');
    });
    store.onChange((change) => told.push(text(change)));

    store.upsert(thing('x', 1));

    expect(told).toEqual(['Added x@1']);
    expect(errors).toEqual([new Error('handler broke')]);
  });
});

describe('a complete list', () => {
  it('adds, updates and deletes what differs, and tells of nothing else', () => {
    const { store, told } = setUp();
    ['same', 'changed', 'gone'].forEach((name) => store.upsert(thing(name, 5)));
    told.length = 0;

    store.replace([thing('same', 5), thing('changed', 8), thing('new', 9)], '10');

    expect(told).toEqual(['Updated changed@5→8', 'Added new@9', 'Deleted gone@5']);
  });

  it('does not take back an own write that is newer than the list', () => {
    const { store, told } = setUp();
    store.upsert(thing('created', 20));
    store.upsert(thing('patched', 21));
    told.length = 0;

    store.replace([thing('patched', 5)], '10');

    expect(told).toEqual([]);
    expect(store.size).toBe(2);
  });

  it('shows handlers the whole new state', () => {
    const store = new Store<Thing>();
    const sizes: number[] = [];
    store.onChange(() => sizes.push(store.size));

    store.replace([thing('x', 1), thing('y', 2)], '2');

    expect(sizes).toEqual([2, 2]);
  });

  it('keeps what exists but could not be read', () => {
    const { store } = setUp();
    store.upsert(thing('broken', 5));

    store.replace([], '10', { keep: new Set(['a/broken']) });

    expect(store.get('a/broken')).toBeDefined();
  });

  it('of a namespace says nothing of others', () => {
    const { store, told } = setUp();
    store.upsert(thing('gone', 5));
    told.length = 0;

    store.replace([], '10', { namespace: 'b' });
    expect(told).toEqual([]);
    store.replace([], '11', { namespace: 'a' });
    expect(told).toEqual(['Deleted gone@5']);
  });

  it('of a namespace whose versions are forgotten leaves those of others', () => {
    const { store, told } = setUp();
    store.upsert(thing('x', 100));
    told.length = 0;

    store.forgetVersions({ namespace: 'b' });
    store.upsert(thing('x', 50));

    expect(told).toEqual([]);
  });

  it('of a server that was restored from a backup is believed', () => {
    const { store, told } = setUp();
    store.upsert(thing('x', 100));
    store.upsert(thing('y', 101));
    told.length = 0;

    store.forgetVersions();
    store.replace([thing('x', 50)], '60');

    expect(store.list()).toEqual([thing('x', 50)]);
    expect(told.at(-1)).toMatch(/^Deleted y/);
  });
});

describe('an index', () => {
  const indices = { node: (object: Thing): string[] => (object.node === undefined ? [] : [object.node]) };

  it('finds objects by their values of now', () => {
    const { store } = setUp({ indices });
    store.upsert(thing('x', 1, { node: 'n1' }));
    store.upsert(thing('y', 2, { node: 'n1' }));
    store.upsert(thing('x', 3, { node: 'n2' }));
    store.upsert(thing('z', 4));
    store.remove(thing('y', 5));

    expect(store.byIndex('node', 'n1')).toEqual([]);
    expect(store.byIndex('node', 'n2').map((object) => object.metadata.name)).toEqual(['x']);
  });

  it('that was never defined is a bug', () => {
    expect(() => setUp({ indices }).store.byIndex('zone', 'a')).toThrow('no index "zone"');
  });

  it('is what a search through the whole store would find, whatever happened before', () => {
    const step = fc.record({
      kind: fc.constantFrom('upsert', 'remove', 'replace'),
      name: fc.constantFrom('x', 'y', 'z'),
      version: fc.integer({ min: 1, max: 30 }),
      uid: fc.constantFrom('u1', 'u2'),
      node: fc.constantFrom('n1', 'n2'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const { store } = setUp({ indices });
        const held = new Map<string, string>();
        store.onChange(({ type, object }) => {
          expect(held.has(object.metadata.name)).toBe(type !== 'Added');
          if (type === 'Deleted') {
            held.delete(object.metadata.name);
          } else {
            held.set(object.metadata.name, object.node ?? '');
          }
        });
        for (const { kind, name, version, uid, node } of steps) {
          const object = thing(name, version, { uid, node });
          if (kind === 'upsert') store.upsert(object);
          else if (kind === 'remove') store.remove(object);
          else store.replace([object], String(version));
        }
        const found = (node: string): string[] =>
          store.byIndex('node', node).map((item) => item.metadata.name);
        const searched = (node: string): string[] =>
          store.list().flatMap((item) => (item.node === node ? [item.metadata.name] : []));
        for (const node of ['n1', 'n2']) {
          expect(found(node).sort()).toEqual(searched(node).sort());
        }
        expect(held.size).toBe(store.size);
      }),
    );
  });
});
