import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../../test/support/cache.mjs';

/** A step of a build. */
export interface BuildStep {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** How a peer is built into a folder of the user's cache. */
export interface Recipe {
  readonly name: string;
  /** Folder of its sources. */
  readonly sources: string;
  /** Files beside them that decide what comes of it. */
  readonly decidedBy?: readonly string[];
  /** What must be installed, as a person says it. */
  readonly needs: string;
  /** Exits with 0 where it is. */
  readonly probe: BuildStep;
  /** The steps, run in the folder of the sources; what they leave in `folder` is the build. */
  steps(folder: string): readonly BuildStep[];
  /** Path of the program in the built folder. */
  readonly program: string;
}

const SKIPPED = new Set(['README.md', '.gitignore', 'target']);

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !SKIPPED.has(name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesIn(path) : [path];
    })
    .toSorted();
}

/** Digest of `start`, of all files of a folder by their paths in it, and of those beside them. */
export function digest(
  start: string,
  { sources, decidedBy = [] }: Pick<Recipe, 'sources' | 'decidedBy'>,
): string {
  const hash = createHash('sha256').update(start);
  for (const file of filesIn(sources)) hash.update(file.slice(sources.length)).update(readFileSync(file));
  for (const file of decidedBy) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 16);
}

/** The folder of a build: one for each state of its sources and its steps. */
export function builtFolder(recipe: Recipe): string {
  const how = JSON.stringify([recipe.steps('FOLDER'), process.platform, process.arch]);
  return join(cacheFolder('bench'), `${recipe.name}-${digest(how, recipe)}`);
}
