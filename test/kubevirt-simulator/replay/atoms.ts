import { leaves } from './diff.ts';
import type { TraceLine } from './lines.ts';

/** One leaf of one object that got a new value, or lost its value. */
export interface Atom {
  /** `VMI/vm-a#1`: the second object of that name. */
  readonly object: string;
  readonly path: string;
  readonly value: string;
  /** `virt-controller UPDATE/status`. */
  readonly writer: string;
  readonly t_ms: number;
}

/** Values that can't be the same twice: uids, times, generated names. */
export class Normaliser {
  readonly #names = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  /** Generated names are numbered in the order in which they appear. */
  learn(name: string): void {
    const stem = /^(virt-launcher-.+|kubevirt-migrate-vm|kubevirt-evacuation)-[a-z0-9]{5}$/.exec(name)?.[1];
    if (stem !== undefined && !this.#names.has(name)) {
      const count = (this.#counts.get(stem) ?? 0) + 1;
      this.#counts.set(stem, count);
      this.#names.set(name, `${stem}-#${count}`);
    }
  }

  apply(text: string): string {
    return text
      .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<uid>')
      .replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:Z| \+0000 UTC)/g, '<time>')
      .replaceAll(
        /(?:virt-launcher-[a-z0-9-]+|kubevirt-migrate-vm|kubevirt-evacuation)-[a-z0-9]{5}\b/g,
        (name) => this.#names.get(name) ?? name,
      );
  }
}

export function learnNames(lines: readonly TraceLine[]): Normaliser {
  const normaliser = new Normaliser();
  for (const { type, name } of lines) {
    if (type === 'ADDED' && name !== undefined) {
      normaliser.learn(name);
    }
  }
  return normaliser;
}

/** Paths that say when, how often or nothing. */
const ignored =
  /(lastTransitionTime|lastProbeTime|phaseTransitionTimestamp|creationTimestamp|retryAfterTimestamp|^metadata\.generation|deletionTimestamp|deletionGracePeriodSeconds)$/;

/** Follows the states of all objects of a recording, so that a removed parent counts as the removal of its leaves. */
export function atomsOf(lines: readonly TraceLine[]): Atom[] {
  const normaliser = learnNames(lines);
  const states = new Map<string, Map<string, string>>();
  const incarnations = new Map<string, number>();
  return lines.flatMap((line) => {
    if (!['ADDED', 'MODIFIED', 'DELETED'].includes(line.type) || line.kind === 'Node') {
      return [];
    }
    const name = normaliser.apply(`${line.kind ?? ''}/${line.name ?? ''}`);
    if (line.type === 'ADDED') {
      incarnations.set(name, (incarnations.get(name) ?? -1) + 1);
      states.set(name, new Map());
    }
    const state = states.get(name) ?? new Map<string, string>();
    const common = {
      object: `${name}#${incarnations.get(name) ?? 0}`,
      writer: writerOf(line),
      t_ms: line.t_ms,
    };
    return changesOf(line, state, normaliser).map(([path, value]) => ({ ...common, path, value }));
  });
}

function writerOf({ type, by = '', how = {} }: TraceLine): string {
  if (type === 'DELETED') {
    return '';
  }
  const who = by.replace(' (fake)', '');
  if (who === 'client' || who === '') {
    return 'client';
  }
  return `${who} ${how.verb ?? ''}${how.subresource === undefined ? '' : `/${how.subresource}`}`;
}

function changesOf(line: TraceLine, state: Map<string, string>, normaliser: Normaliser): [string, string][] {
  if (line.type === 'DELETED') {
    return [['', 'deleted']];
  }
  const changed =
    line.type === 'ADDED' ? Object.entries({ '': line.object }) : Object.entries(line.changed ?? {});
  return changed
    .flatMap(([path, value]) => applyChange(state, path, value, normaliser))
    .filter(([path]) => !ignored.test(path));
}

function applyChange(
  state: Map<string, string>,
  path: string,
  value: unknown,
  normaliser: Normaliser,
): [string, string][] {
  const root = normaliser.apply(path);
  const now = new Map(
    leaves(value, path).map(([leaf, entry]) => [
      normaliser.apply(leaf),
      normaliser.apply(JSON.stringify(entry)),
    ]),
  );
  const gone = [...state.keys()].filter((leaf) => isBelow(leaf, root) && !now.has(leaf));
  const set = [...now].filter(([leaf, entry]) => state.get(leaf) !== entry);
  for (const leaf of gone) {
    state.delete(leaf);
  }
  for (const [leaf, entry] of set) {
    state.set(leaf, entry);
  }
  return [...set, ...gone.map((leaf): [string, string] => [leaf, 'removed'])];
}

function isBelow(leaf: string, root: string): boolean {
  return root === '' || leaf === root || leaf.startsWith(`${root}.`) || leaf.startsWith(`${root}[`);
}
