import type { Pod } from '../objects/cluster-kinds.ts';
import { annotation } from '../objects/names.ts';
import type { TraceLine } from './lines.ts';

const twin = /\b(race-\d+)-[12]\b/g;

/**
 * Which of two migrations that are made at the same moment goes first is chance, and nothing but their names tells them
 * apart. So `race-0-1` is, in the recording and here, the one that got its target pod first.
 */
export function byTurn(lines: readonly TraceLine[]): TraceLine[] {
  const stems = new Set<string>();
  const swapped = new Set<string>();
  for (const name of lines.flatMap(migrationOfPod)) {
    const stem = stemOf(name);
    if (!stems.has(stem) && name !== `${stem}-1`) {
      swapped.add(stem);
    }
    stems.add(stem);
  }
  const text = JSON.stringify(lines).replaceAll(twin, (name, stem: string) =>
    swapped.has(stem) ? `${stem}-${name.endsWith('1') ? '2' : '1'}` : name,
  );
  return JSON.parse(text) as TraceLine[];
}

function migrationOfPod({ type, kind, object }: TraceLine): string[] {
  const name = (object as Pod | undefined)?.metadata.annotations?.[annotation.migrationJobName] ?? '';
  return type === 'ADDED' && kind === 'Pod' ? (name.match(twin) ?? []) : [];
}

function stemOf(name: string): string {
  return name.replace(twin, '$1');
}
