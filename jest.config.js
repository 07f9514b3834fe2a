/** Jest runs the sources as they are: Node strips the types, no transformer stands between (docs/adr/0002-jest-in-esm.md). */
const shared = {
  testEnvironment: 'node',
  transform: {},
  extensionsToTreatAsEsm: ['.ts'],
  injectGlobals: false,
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
};

const project = (displayName, folders) => ({
  ...shared,
  displayName,
  testMatch: folders.map((folder) => `<rootDir>/test/${folder}/**/*.test.ts`),
});

export default {
  projects: [
    project('unit', ['unit']),
    project('integration', ['contract', 'integration', 'control-plane', 'kubevirt-simulator']),
    project('e2e', ['e2e']),
    project('faults', ['faults']),
  ],
};
