import type { Atom } from './atoms.ts';
import { learnNames } from './atoms.ts';
import type { TraceLine } from './lines.ts';

/** A difference between a recording and its replay. */
export interface Difference {
  readonly what: string;
  readonly where: string;
  readonly want: string;
  readonly got: string;
}

export interface Comparison {
  readonly compared: number;
  readonly differences: readonly Difference[];
}

/** For each leaf of each object: the values that it took, one after the other, and who wrote each, how. */
export function compareWrites(want: readonly Atom[], got: readonly Atom[]): Comparison {
  const wanted = histories(want);
  const found = histories(got);
  const wheres = [...new Set([...wanted.keys(), ...found.keys()])].toSorted();
  const differences = wheres.flatMap((where) => {
    const left = (wanted.get(where) ?? []).join(' → ');
    const right = (found.get(where) ?? []).join(' → ');
    return left === right ? [] : [{ what: 'writes', where, want: left, got: right }];
  });
  return { compared: want.length, differences };
}

function histories(atoms: readonly Atom[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { object, path, value, writer } of atoms) {
    const where = `${object} ${path}`;
    const entry = writer === '' ? value : `${value} (${writer})`;
    found.set(where, [...(found.get(where) ?? []), entry]);
  }
  return found;
}

/** What a reader acts upon: whatever comes in another order here is a trap. */
const significant =
  /^(VM\/\S+ status\.(printableStatus|ready|created|observedGeneration|startFailure.*)|VMI\/\S+ (|status\.(phase|nodeName|migrationState.*|evacuationNodeName)|metadata\.labels\.kubevirt\.io\/\S+|status\.conditions\[type=(Ready|LiveMigratable)\]\.status)|VMIM\/\S+ (|status\.(phase|migrationState.*|conditions.*))|Pod\/\S+ (|status\.phase|spec\.nodeName))$/;

export function isSignificant({ object, path }: Pick<Atom, 'object' | 'path'>): boolean {
  return significant.test(`${object} ${path}`);
}

/** Nearer neighbours may be swapped by chance: watches and queues are that slow on a busy machine. */
const nearMs = 400;

/** Whatever came clearly earlier in the recording comes earlier in the replay; each machine for itself. */
export function compareOrder(want: readonly Atom[], got: readonly Atom[]): Comparison {
  const results = [...byMachine(want)].map(([machine, atoms]) =>
    compareOrderOfOne(atoms, byMachine(got).get(machine) ?? []),
  );
  return {
    compared: results.reduce((sum, { compared }) => sum + compared, 0),
    differences: results.flatMap(({ differences }) => differences),
  };
}

/** The machine that an object belongs to: by name, and for a migration by its spec. */
function byMachine(atoms: readonly Atom[]): Map<string, Atom[]> {
  const owners = new Map<string, string>();
  const groups = new Map<string, Atom[]>();
  for (const atom of atoms) {
    if (atom.path === 'spec.vmiName') {
      owners.set(atom.object, JSON.parse(atom.value) as string);
    }
  }
  for (const atom of atoms) {
    const name = /^\w+\/(?:virt-launcher-)?(.+?)(?:-#\d+)?#\d+$/.exec(atom.object)?.[1] ?? '';
    const machine = owners.get(atom.object) ?? name;
    groups.set(machine, [...(groups.get(machine) ?? []), atom]);
  }
  return groups;
}

function compareOrderOfOne(want: readonly Atom[], got: readonly Atom[]): Comparison {
  const positions = new Map(numbered(got).map(({ id }, index) => [id, index]));
  const wanted = numbered(want).flatMap(({ id, atom }) => {
    const index = positions.get(id);
    return index === undefined ? [] : [{ id, index, atom }];
  });
  const differences = wanted.flatMap(({ id, index, atom }) => {
    const earlier = wanted.filter((other) => other.index > index && isClearlyBefore(other.atom, atom));
    const last = earlier.at(-1);
    return last === undefined
      ? []
      : [{ what: 'order', where: id, want: `after ${last.id}`, got: 'before it' }];
  });
  return { compared: wanted.length, differences };
}

/** What one writer writes to one object comes in its order; several of virt-controller's controllers patch an instance. */
function isClearlyBefore(one: Atom, other: Atom): boolean {
  const shared = one.object.startsWith('VMI/') && one.writer.startsWith('virt-controller ');
  const strict = one.object === other.object && playerOf(one) === playerOf(other) && !shared;
  return strict ? one.t_ms < other.t_ms : one.t_ms <= other.t_ms - nearMs && !isUnseen(one, other);
}

/**
 * The fake nodes, here and in the recordings, look at instances and pods alone and go on after a fixed time: what
 * virt-controller says of a machine or a migration meanwhile may come later where it is busy.
 */
function isUnseen(one: Atom, other: Atom): boolean {
  return /^(VM|VMIM)\//.test(one.object) && /^(virt-handler|kubelet)\b/.test(other.writer);
}

/** Without verb and subresource. */
function playerOf({ writer }: Atom): string {
  return writer.replace(/ [A-Z]+(?:\/\w+)?$/, '');
}

/** How long the readiness flaps at the end of a migration, or whether it does, depends on how busy the machine is. */
const flapping =
  /^(VM\/\S+ status\.(ready|conditions\[type=Ready\]\.status)|VMI\/\S+ status\.conditions\[type=Ready\]\.status)$/;

export function mayFlap({ object, path }: Pick<Atom, 'object' | 'path'>): boolean {
  return flapping.test(`${object} ${path}`);
}

/** Without the instants in which what was ready was not, and was again. */
export function withoutFlaps(atoms: readonly Atom[]): Atom[] {
  const kept = new Map<string, Atom[]>();
  for (const atom of atoms.filter(mayFlap)) {
    const where = `${atom.object} ${atom.path}`;
    const lasting = kept.get(where) ?? [];
    const [before, dip] = lasting.slice(-2);
    const isBack = before?.value === atom.value && dip !== undefined && atom.t_ms - dip.t_ms < nearMs;
    kept.set(where, isReady(atom) && isBack ? lasting.slice(0, -1) : [...lasting, atom]);
  }
  const lasting = new Set([...kept.values()].flat());
  return atoms.filter((atom) => !mayFlap(atom) || lasting.has(atom));
}

function isReady({ value }: Atom): boolean {
  return /^"?true"?$/i.test(value);
}

function numbered(atoms: readonly Atom[]): { id: string; atom: Atom }[] {
  const counts = new Map<string, number>();
  const ordered = atoms.filter((atom) => isSignificant(atom) && !mayFlap(atom));
  return ordered.map((atom) => {
    const name = `${atom.object} ${atom.path}=${atom.value}`;
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return { id: `${name} (${count})`, atom };
  });
}

/** Events: each text that an object is told, in order of first appearance; repeats don't count. */
export function compareEvents(want: readonly TraceLine[], got: readonly TraceLine[]): Comparison {
  const wanted = texts(want);
  const found = texts(got);
  const differences = [
    ...without(wanted, found).map(([where, text]) => ({ what: 'events', where, want: text, got: '' })),
    ...without(found, wanted).map(([where, text]) => ({ what: 'events', where, want: '', got: text })),
  ];
  return { compared: [...wanted.values()].reduce((sum, entries) => sum + entries.size, 0), differences };
}

function without(
  some: ReadonlyMap<string, ReadonlySet<string>>,
  others: ReadonlyMap<string, ReadonlySet<string>>,
): [where: string, text: string][] {
  return [...some].flatMap(([where, entries]) =>
    [...entries]
      .filter((text) => others.get(where)?.has(text) !== true)
      .map((text): [string, string] => [where, text]),
  );
}

function texts(lines: readonly TraceLine[]): Map<string, Set<string>> {
  const normaliser = learnNames(lines);
  const found = new Map<string, Set<string>>();
  for (const { type, name = '', level = '', reason = '', message = '', source = '' } of lines) {
    if (type === 'EVENT') {
      const where = normaliser.apply(name);
      const text = normaliser.apply(`${level} ${reason} ${message} [${source}]`);
      found.set(where, (found.get(where) ?? new Set<string>()).add(text));
    }
  }
  return found;
}
