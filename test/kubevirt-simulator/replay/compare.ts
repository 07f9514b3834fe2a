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
const nearMs = 300;

/** Whatever came clearly earlier in the recording comes earlier in the replay. */
export function compareOrder(want: readonly Atom[], got: readonly Atom[]): Comparison {
  const positions = new Map(numbered(got).map(({ id }, index) => [id, index]));
  const wanted = numbered(want).filter(({ id }) => positions.has(id));
  const differences: Difference[] = [];
  let latest: { id: string; index: number } | undefined;
  let settled = 0;
  for (const { id, atom } of wanted) {
    for (; settled < wanted.length; settled += 1) {
      const earlier = wanted[settled];
      if (earlier === undefined || earlier.atom.t_ms > atom.t_ms - nearMs) {
        break;
      }
      const index = positions.get(earlier.id) ?? 0;
      latest = latest === undefined || index > latest.index ? { id: earlier.id, index } : latest;
    }
    if (latest !== undefined && (positions.get(id) ?? 0) < latest.index) {
      differences.push({ what: 'order', where: id, want: `after ${latest.id}`, got: 'before it' });
    }
  }
  return { compared: wanted.length, differences };
}

function numbered(atoms: readonly Atom[]): { id: string; atom: Atom }[] {
  const counts = new Map<string, number>();
  return atoms.filter(isSignificant).map((atom) => {
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
  const wheres = [...new Set([...wanted.keys(), ...found.keys()])].toSorted();
  const differences = wheres.flatMap((where) => {
    const left = [...(wanted.get(where) ?? [])].toSorted().join(' | ');
    const right = [...(found.get(where) ?? [])].toSorted().join(' | ');
    return left === right ? [] : [{ what: 'events', where, want: left, got: right }];
  });
  return { compared: [...wanted.values()].reduce((sum, entries) => sum + entries.size, 0), differences };
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
