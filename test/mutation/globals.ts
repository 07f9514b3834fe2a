/** What suites import as `@jest/globals`, outside of Jest: its own collector and its own assertions. */
export { describe, it } from 'jest-circus';
export { expect } from 'expect';
