import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { Instance } from '../../../src/api/instance.ts';
import { LiveMigration } from '../../../src/api/live-migration.ts';
import type { Case } from './case.ts';
import { ACCEPTED_CASES, REFUSED_CASES } from './cases.ts';

const schemas = { Instance, LiveMigration };

/** What the API server adds to the metadata of a manifest. */
const stored = {
  uid: '8f1d9d5c-0000-4000-8000-000000000000',
  resourceVersion: '1',
  generation: 1,
  creationTimestamp: '2026-01-01T00:00:00Z',
};

function issues({ object }: Case) {
  const result = schemas[object.kind].safeParse({ ...object, metadata: { ...object.metadata, ...stored } });
  return (result.error?.issues ?? []).map(({ path, message }) => ({ path: z.core.toDotPath(path), message }));
}

describe('the accept/reject table, asked of zod', () => {
  it.each(ACCEPTED_CASES)('accepts $name', (accepted) => {
    expect(issues(accepted)).toEqual([]);
  });

  it.each(REFUSED_CASES)('refuses $name, at $want.path', (refused) => {
    const { path, message = '' } = refused.want;
    expect(issues(refused)).toEqual([{ path, message: expect.stringContaining(message) as unknown }]);
  });
});
