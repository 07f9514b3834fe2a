import type { Atom } from './atoms.ts';
import { isSignificant, mayFlap, withoutFlaps } from './compare.ts';

/** What nobody acts upon, but what tells that the controllers are done. */
const closing =
  /^(VM\/\S+ status\.(desiredGeneration|volumeSnapshotStatuses.*|conditions\[type=(RestartRequired|EvictionRequested)\]\.status)|VMIM\/\S+ metadata\.finalizers)$/;

/**
 * Leaves that have not got as far as in the recording before a moment: the last value there, as often as it was there. What
 * may flap (`withoutFlaps`) must have that value now, or one that it had later in the recording. Of an object that is gone
 * nothing more comes: what it lacked, the comparison says.
 */
export function notReached(
  recorded: readonly Atom[],
  found: readonly Atom[],
  before = Number.POSITIVE_INFINITY,
): string[] {
  const have = counted(found);
  const now = new Map(found.map((atom) => [whereOf(atom), idOf(atom)]));
  const last = new Map<string, Wanted>();
  const later: Wanted[] = [];
  const counts = new Map<string, number>();
  for (const atom of recorded) {
    const id = idOf(atom);
    const wanted = { atom, id, count: (counts.get(id) ?? 0) + 1 };
    counts.set(id, wanted.count);
    if (atom.t_ms > before) later.push(wanted);
    else if (isSignificant(atom) || closing.test(whereOf(atom))) last.set(whereOf(atom), wanted);
  }
  const lasting = counted(withoutFlaps(found));
  const past = later.filter(({ id, count }) => (lasting.get(id) ?? 0) >= count);
  const isNow = ({ atom, id }: Wanted) => now.get(whereOf(atom)) === id;
  const ahead = new Set(past.filter(isNow).map(({ atom }) => whereOf(atom)));
  const isThere = (wanted: Wanted) =>
    !mayFlap(wanted.atom) || isNow(wanted) || ahead.has(whereOf(wanted.atom));
  const isGone = ({ atom: { object } }: Wanted) => now.get(`${object} `) === `${object} =deleted`;
  return [...last.values()]
    .filter((wanted) => wanted.atom.path === '' || !isGone(wanted))
    .filter((wanted) => !isThere(wanted) || (have.get(wanted.id) ?? 0) < wanted.count)
    .map(({ id }) => id);
}

/** A value of a leaf, and how often it had been there by then. */
interface Wanted {
  readonly atom: Atom;
  readonly id: string;
  readonly count: number;
}

function whereOf({ object, path }: Atom): string {
  return `${object} ${path}`;
}

function idOf(atom: Atom): string {
  return `${whereOf(atom)}=${atom.value}`;
}

function counted(atoms: readonly Atom[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const atom of atoms) counts.set(idOf(atom), (counts.get(idOf(atom)) ?? 0) + 1);
  return counts;
}
