import js from '@eslint/js';
import jest from 'eslint-plugin-jest';
import tseslint from 'typescript-eslint';

const pureGlobals = ['setTimeout', 'setInterval', 'setImmediate', 'process', 'fetch', 'crypto', 'console'];

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/', '.stryker-tmp/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // Taking a field out of an object is done by naming it.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      complexity: ['error', { max: 10, variant: 'modified' }],
      'max-depth': ['error', 3],
      'max-params': ['error', 4],
      'max-lines': ['error', { max: 300, skipBlankLines: true }],
      'max-lines-per-function': ['error', { max: 50, skipBlankLines: true, skipComments: true }],
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true, named: true } }],
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Only src/config/env.ts reads the environment.' },
      ],
      'no-warning-comments': ['error', { terms: ['fixme', 'xxx', 'hack'] }],
    },
  },
  {
    files: ['src/config/env.ts', 'scripts/**', 'test/**', 'bench/**'],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    // The domain decides from what it is given: a clock, a timer or a random number would make its tables lie.
    files: ['src/domain/**'],
    rules: {
      'no-restricted-globals': ['error', ...pureGlobals],
      'no-restricted-syntax': [
        'error',
        { selector: 'AwaitExpression', message: 'The domain is synchronous.' },
        // Reading and writing instants is arithmetic; asking for the present one is not.
        {
          selector: "NewExpression[callee.name='Date'][arguments.length=0]",
          message: 'Time is an argument.',
        },
        {
          selector: "MemberExpression[object.name='Date'][property.name='now']",
          message: 'Time is an argument.',
        },
        { selector: "CallExpression[callee.name='Date']", message: 'Time is an argument.' },
        {
          selector: "MemberExpression[object.name='Math'][property.name='random']",
          message: 'The domain is deterministic.',
        },
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    plugins: { jest },
    rules: {
      ...jest.configs['flat/recommended'].rules,
      // A table, a scenario or a contract is longer than a function should be.
      'max-lines-per-function': 'off',
      'jest/no-conditional-expect': 'error',
      'jest/expect-expect': ['error', { assertFunctionNames: ['expect', 'expect*', 'fc.assert'] }],
      'no-restricted-properties': [
        'error',
        { object: 'jest', property: 'mock', message: 'Pass a port instead of mocking a module.' },
        {
          object: 'jest',
          property: 'unstable_mockModule',
          message: 'Pass a port instead of mocking a module.',
        },
      ],
    },
    settings: { jest: { version: 30, globalPackage: '@jest/globals' } },
  },
  {
    // A contract is a suite that is handed to whoever has to pass it.
    files: [
      'test/contract/**',
      'test/faults/control-plane/befall.ts',
      'test/integration/kubevirt-simulator/bench.ts',
      'test/support/describe-where-there-is.ts',
    ],
    rules: { 'jest/no-export': 'off' },
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
  },
);
