import { globSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { getState } from 'jest-circus';

type Block = ReturnType<typeof getState>['rootDescribeBlock'];

export interface Test {
  readonly id: string;
  readonly file: string;
  run(): unknown;
}

const GLOBALS = new URL('./globals.ts', import.meta.url).href;
/** The last one tries a part of the domain through the plugin. */
const SUITES = ['test/unit/domain/**/*.test.ts', 'test/unit/cli/room.test.ts'];
/** They have mutants of their own, and take minutes. */
const EXPLORATIONS = '/exploration/';

/** Loads the suites of the domain from the working directory, where Stryker keeps the sources with all their mutants. */
export class Suites {
  readonly #here = `${pathToFileURL(process.cwd()).href}/`;
  #loads = 0;

  constructor() {
    // The same mutants are caught each time.
    fc.configureGlobal({ seed: 1 });
    registerHooks({
      resolve: (specifier, context, next) => {
        const found = next(specifier === '@jest/globals' ? GLOBALS : specifier, context);
        return found.url.startsWith(this.#here)
          ? { ...found, url: `${found.url}?load=${this.#loads}` }
          : found;
      },
    });
  }

  /** All tests; what they test is loaded anew. */
  async load(): Promise<Test[]> {
    this.#loads += 1;
    const { rootDescribeBlock } = getState();
    const tests: Test[] = [];
    for (const file of globSync(SUITES)
      .filter((name) => !name.includes(EXPLORATIONS))
      .toSorted()) {
      rootDescribeBlock.children.length = 0;
      await import(this.#here + file);
      tests.push(...rootDescribeBlock.children.flatMap((child) => testsOf(child, file)));
    }
    return tests.map((test, index) => ({ ...test, id: `${index} ${test.id}` }));
  }
}

function testsOf(child: Block['children'][number], file: string): Test[] {
  if (child.type === 'describeBlock') {
    const tests = child.children.flatMap((inner) => testsOf(inner, file));
    return tests.map((test) => ({ ...test, id: `${child.name} ${test.id}` }));
  }
  const { name, fn, mode } = child;
  if (mode === 'skip' || mode === 'todo') return [];
  return [{ id: name, file, run: fn as () => unknown }];
}
