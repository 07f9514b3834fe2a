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

export default {
  // A hook or a test that waits for a process, a server or a command has no use for Jest's 5 s on a busy machine.
  testTimeout: 60_000,
  projects: [
    // Minutes of CPU, where all other unit tests take seconds: `npm run check` does without.
    {
      ...project('unit', ['unit']),
      testPathIgnorePatterns: ['/node_modules/', ...EXPLORATIONS.map((folder) => `/test/${folder}/`)],
    },
    project('exploration', EXPLORATIONS),
    project('integration', ['contract', 'integration', 'control-plane', 'kubevirt-simulator']),
    project('e2e', ['e2e']),
    project('faults', ['faults']),
    project('install', ['install']),
    // Guests without KVM take all CPUs that there are: one suite after the other (--runInBand).
    project('libvirt', ['libvirt-hosts', 'libvirt', 'libvirt-e2e']),
  ],
};
