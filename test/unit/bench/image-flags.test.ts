import { describe, expect, it } from '@jest/globals';
import { imageFlags } from '../../../bench/contenders/image-flags.ts';

describe('flags of the image', () => {
  it.each([
    { name: 'are none', file: 'FROM a\nENTRYPOINT ["/node", "/app/main.js"]\n', want: [] },
    {
      name: 'stand in front of the program',
      file: 'ENTRYPOINT ["node", "--one", "--two=2", "main.js"]\n',
      want: ['--one', '--two=2'],
    },
    {
      name: 'are those of the last stage',
      file: 'ENTRYPOINT ["node", "--one", "a.js"]\nFROM b\nENTRYPOINT ["node", "--two", "a.js"]\n',
      want: ['--two'],
    },
  ])('$name', ({ file, want }) => {
    expect(imageFlags(file)).toEqual(want);
  });

  it('are not made up', () => {
    expect(() => imageFlags('FROM a\n')).toThrow(
      'the Dockerfile has no ENTRYPOINT that runs a program with node',
    );
  });
});
