/**
 * Mutates the domain and says how much of it the unit tables notice: `npm run test:mutation [-- FOLDER… ] [--static]`, for
 * instance `-- src/domain/evacuation`; without a folder all of `src/domain`. `--static`: also what modules do only while they
 * are loaded, a second for each mutant. Fails below the threshold of stryker.config.js.
 */
import { dirname, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { Stryker } from '@stryker-mutator/core';

/** A mutant that is caught, also by never coming to an end; what can't be loaded at all is no mutant. */
const CAUGHT = ['Killed', 'Timeout'];
const MISSED = ['Survived', 'NoCoverage'];

function lineOf(folder: string, mutants: readonly { readonly status: string }[]): string {
  const among = (wanted: readonly string[]) => mutants.filter(({ status }) => wanted.includes(status)).length;
  const [caught, missed, untried] = [among(CAUGHT), among(MISSED), among(['Ignored'])];
  const score = ((100 * caught) / (caught + missed)).toFixed(1);
  return `${score} %  ${folder}: ${caught} mutants caught, ${missed} not, ${untried} not tried`;
}

const { values, positionals } = parseArgs({
  options: { static: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const folders = positionals.length === 0 ? ['src/domain'] : positionals;
const mutate = folders.map((folder) => (folder.endsWith('.ts') ? folder : `${folder}/**/*.ts`));
const mutants = await new Stryker({ mutate, ignoreStatic: !values.static }).runMutationTest();
const byFolder = Map.groupBy(mutants, ({ fileName }) => relative('.', dirname(fileName)));
for (const [folder, all] of byFolder) console.log(lineOf(folder, all));
