import type { Atom } from './atoms.ts';
import { isSignificant } from './compare.ts';

/** What nobody acts upon, but what tells that the controllers are done. */
const closing =
  /^(VM\/\S+ status\.(desiredGeneration|volumeSnapshotStatuses.*|conditions\[type=(RestartRequired|EvictionRequested)\]\.status)|VMIM\/\S+ metadata\.finalizers)$/;

/** Leaves that have not got as far as in the recording: the last value there, as often as it was there. */
export function notReached(wanted: readonly Atom[], found: readonly Atom[]): string[] {
  const have = new Map<string, number>();
  for (const { object, path, value } of found) {
    const id = `${object} ${path}=${value}`;
    have.set(id, (have.get(id) ?? 0) + 1);
  }
  const last = new Map<string, { id: string; count: number }>();
  const counts = new Map<string, number>();
  for (const atom of wanted) {
    const where = `${atom.object} ${atom.path}`;
    const id = `${where}=${atom.value}`;
    counts.set(id, (counts.get(id) ?? 0) + 1);
    if (isSignificant(atom) || closing.test(where)) {
      last.set(where, { id, count: counts.get(id) ?? 0 });
    }
  }
  return [...last.values()].filter(({ id, count }) => (have.get(id) ?? 0) < count).map(({ id }) => id);
}
