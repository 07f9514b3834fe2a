import { describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import { Instance } from '../../../src/api/instance.ts';
import { LiveMigration } from '../../../src/api/live-migration.ts';
import type { Case } from './case.ts';
import { aTemplatedInstance } from '../../builders/instance.ts';
import { ACCEPTED_CASES, LEAST_REFUSED, REFUSED_CASES } from './cases.ts';

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

/** A template with so many levels of objects. */
function nested(levels: number): Record<string, unknown> {
  let template = {};
  for (let level = 1; level < levels; level += 1) template = { deeper: template };
  return template;
}

describe('the accept/reject table', () => {
  it('does not shrink, and names each case once', () => {
    expect(REFUSED_CASES.length).toBeGreaterThanOrEqual(LEAST_REFUSED);
    const names = [...ACCEPTED_CASES, ...REFUSED_CASES].map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
  });
});

describe('what a schema of the API server cannot say', () => {
  it.each([
    { levels: 64, want: [] },
    {
      levels: 65,
      want: [{ path: 'spec.kubevirt.template', message: 'must not be nested more than 64 levels deep' }],
    },
    {
      levels: 100_000,
      want: [{ path: 'spec.kubevirt.template', message: 'must not be nested more than 64 levels deep' }],
    },
  ])('a template of $levels levels', ({ levels, want }) => {
    const object = aTemplatedInstance(nested(levels));
    expect(issues({ name: '', object, want: 'accepted' })).toEqual(want);
  });
});

describe('the accept/reject table, asked of zod', () => {
  it.each(ACCEPTED_CASES)('accepts $name', (accepted) => {
    expect(issues(accepted)).toEqual([]);
  });

  it.each(REFUSED_CASES)('refuses $name, at $want.path', (refused) => {
    const { path, message = '' } = refused.want;
    expect(issues(refused)).toEqual([{ path, message: expect.stringContaining(message) as unknown }]);
  });
});
