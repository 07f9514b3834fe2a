import { describe, expect, it } from '@jest/globals';
import { sentence } from '../../../src/domain/sentence.ts';

describe('words of a backend that more is said after', () => {
  it.each([
    { words: 'no answer', want: 'no answer.' },
    { words: 'Out of luck.', want: 'Out of luck.' },
    { words: 'Stop!', want: 'Stop!' },
    { words: 'Who are you?', want: 'Who are you?' },
    { words: 'v1.6.0 is too old', want: 'v1.6.0 is too old.' },
  ])('$words', ({ words, want }) => {
    expect(sentence(words)).toBe(want);
  });
});
