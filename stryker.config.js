/** Mutants of the domain, each of which a row of a table must catch: `npm run test:mutation` (docs/adr/0062-mutants-of-the-domain.md). */
export default {
  plugins: ['./test/mutation/runner.ts'],
  testRunner: 'suites',
  coverageAnalysis: 'perTest',
  mutate: ['src/domain/**/*.ts'],
  reporters: ['clear-text', 'progress-append-only'],
  clearTextReporter: { reportTests: false },
  allowEmpty: false,
  concurrency: 1,
  // What was loaded for a mutant is never given back.
  maxTestRunnerReuse: 100,
  ignorePatterns: ['*', '!src/**', '!test/**', '!docs/**', '!package.json', '!tsconfig.json'],
  thresholds: { high: 95, low: 85, break: 85 },
};
