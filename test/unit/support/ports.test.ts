import { expect, it } from '@jest/globals';
import { findFreePort } from '../../control-plane/ports.ts';

it('finds another free port each time, although nobody listens on the ones before', async () => {
  const found: number[] = [];
  for (let count = 0; count < 500; count += 1) found.push(await findFreePort());
  expect(new Set(found).size).toBe(found.length);
});
