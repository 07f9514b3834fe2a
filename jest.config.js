import { availableParallelism } from 'node:os';

/** Jest runs the sources as they are: Node strips the types, no transformer stands between (docs/adr/0002-jest-in-esm.md). */
const shared = {
  testEnvironment: 'node',
  transform: {},
  extensionsToTreatAsEsm: ['.ts'],
  injectGlobals: false,
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.stryker-tmp/'],
};

const project = (displayName, folders) => ({
  ...shared,
  displayName,
  testMatch: folders.map((folder) => `<rootDir>/test/${folder}/**/*.test.ts`),
});

const EXPLORATIONS = ['unit/domain/exploration', 'unit/controllers/any-order'];

// Short sequences find the same as one long history, sooner (docs/reliability.md); and ten minutes are too long.
const LONG_FORM_ONLY = ['/test/faults/random/', '/test/faults/control-plane/driver-away'];

// The API servers of the tests would spend a quarter of their time on collecting garbage, and there is memory for more of it.
process.env['GOGC'] ??= '400';

export default {
  // Longer than the waits in the tests: it is they that say what did not come. Jest's 5 s are less than a few kubectl on a busy machine.
  testTimeout: 60_000,
  // Of `it.concurrent`, whose tests calculate in processes of their own.
  maxConcurrency: availableParallelism(),
  projects: [
    // Minutes of CPU, where all other unit tests take seconds: `npm run check` does without.
    {
      ...project('unit', ['unit']),
      testPathIgnorePatterns: ['/node_modules/', ...EXPLORATIONS.map((folder) => `/test/${folder}/`)],
    },
    project('exploration', EXPLORATIONS),
    project('integration', ['contract', 'integration', 'control-plane', 'kubevirt-simulator']),
    project('e2e', ['e2e']),
    {
      ...project('faults', ['faults']),
      testPathIgnorePatterns: process.env.MEDEVAC_FAULTS === 'long' ? [] : LONG_FORM_ONLY,
    },
    project('install', ['install']),
    // Guests without KVM take all CPUs that there are: one suite after the other (--runInBand).
    project('libvirt', ['libvirt-hosts', 'libvirt', 'libvirt-e2e']),
  ],
};
