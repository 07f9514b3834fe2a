import { INSTRUMENTER_CONSTANTS } from '@stryker-mutator/api/core';
import type { InstrumenterContext } from '@stryker-mutator/api/core';
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import {
  determineHitLimitReached,
  DryRunStatus,
  TestStatus,
  toMutantRunResult,
  type CompleteDryRunResult,
  type DryRunOptions,
  type DryRunResult,
  type MutantRunOptions,
  type MutantRunResult,
  type TestResult,
  type TestRunner,
  type TestRunnerCapabilities,
} from '@stryker-mutator/api/test-runner';
import { Suites, type Test } from './suites.ts';

/**
 * Runs the suites of the domain again and again in one process, where Jest would load everything anew for each mutant
 * (docs/adr/0062-mutants-of-the-domain.md). They are pure: no run leaves anything behind for the next one.
 */
class SuitesRunner implements TestRunner {
  readonly #context = contextOfMutants();
  /** Made when Stryker has gone to where its sources are. */
  readonly #suites = new Suites();
  #tests: readonly Test[] | undefined;

  capabilities(): TestRunnerCapabilities {
    return { reloadEnvironment: true };
  }

  async dryRun({ disableBail }: DryRunOptions): Promise<DryRunResult> {
    const result = await this.#run(await this.#load(), disableBail);
    const { mutantCoverage } = this.#context;
    // Without it, no test would ever notice a mutant.
    if (mutantCoverage === undefined) throw new Error('the sources that were tested have no mutants');
    return { ...result, mutantCoverage };
  }

  async mutantRun(options: MutantRunOptions): Promise<MutantRunResult> {
    const { activeMutant, mutantActivation, reloadEnvironment, testFilter, hitLimit, disableBail } = options;
    if (reloadEnvironment) this.#tests = undefined;
    Object.assign(this.#context, { activeMutant: undefined, hitLimit, hitCount: hitLimit && 0 });
    if (mutantActivation === 'static') this.#context.activeMutant = activeMutant.id;
    const tests = await this.#load();
    this.#context.activeMutant = activeMutant.id;
    const chosen = testFilter === undefined ? tests : tests.filter(({ id }) => testFilter.includes(id));
    const result = await this.#run(chosen, disableBail);
    return toMutantRunResult(determineHitLimitReached(this.#context.hitCount, hitLimit) ?? result);
  }

  async #load(): Promise<readonly Test[]> {
    this.#tests ??= await this.#suites.load();
    return this.#tests;
  }

  async #run(tests: readonly Test[], disableBail: boolean): Promise<CompleteDryRunResult> {
    const results: TestResult[] = [];
    for (const test of tests) {
      this.#context.currentTestId = test.id;
      const result = await resultOf(test);
      results.push(result);
      if (result.status === TestStatus.Failed && !disableBail) break;
    }
    return { status: DryRunStatus.Complete, tests: results };
  }
}

/** Where the instrumented sources look which mutant is active, and write which ones a test has passed. */
function contextOfMutants(): InstrumenterContext {
  const { NAMESPACE } = INSTRUMENTER_CONSTANTS;
  const global = globalThis as { [NAMESPACE]?: InstrumenterContext };
  return (global[NAMESPACE] ??= {});
}

async function resultOf(test: Test): Promise<TestResult> {
  const { id, file } = test;
  const begun = performance.now();
  const ended = () => ({ id, name: id, fileName: file, timeSpentMs: performance.now() - begun });
  try {
    await test.run();
    return { ...ended(), status: TestStatus.Success };
  } catch (error) {
    return { ...ended(), status: TestStatus.Failed, failureMessage: String(error) };
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'suites', SuitesRunner)];
