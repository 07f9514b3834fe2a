import { describe, expect, it } from '@jest/globals';
import {
  ApiError,
  ConnectionError,
  isAlreadyExists,
  isConflict,
  isFieldManagerConflict,
  isGone,
  isNotFound,
  isRetryable,
  SilentWatchError,
} from '../../../src/kube/api-errors.ts';

const PREDICATES = {
  isAlreadyExists,
  isConflict,
  isFieldManagerConflict,
  isGone,
  isNotFound,
  isRetryable,
} as const;

const because = (reason: string): object => ({ causes: [{ reason }] });

/** As kube-apiserver v1.37 answers. */
const TABLE: [string, unknown, (keyof typeof PREDICATES)[]][] = [
  ['a missing object', new ApiError(404, { reason: 'NotFound' }), ['isNotFound']],
  ['a name that is taken', new ApiError(409, { reason: 'AlreadyExists' }), ['isAlreadyExists']],
  [
    'a write that came too late',
    new ApiError(409, { reason: 'Conflict', details: { name: 'a' } }),
    ['isConflict'],
  ],
  ['a JSON patch whose test failed', new ApiError(422, { reason: 'Invalid', details: {} }), ['isConflict']],
  [
    'a value that the schema refuses',
    new ApiError(422, { reason: 'Invalid', details: because('FieldValueInvalid') }),
    [],
  ],
  [
    'fields of another manager',
    new ApiError(409, { reason: 'Conflict', details: because('FieldManagerConflict') }),
    ['isFieldManagerConflict'],
  ],
  ['a refusal of a webhook with 409', new ApiError(409, { reason: 'Forbidden' }), []],
  ['a compacted version', new ApiError(410, { reason: 'Expired' }), ['isGone']],
  [
    'a version from the future',
    new ApiError(504, { details: because('ResourceVersionTooLarge') }),
    ['isGone', 'isRetryable'],
  ],
  ['an overloaded server', new ApiError(429, { reason: 'TooManyRequests' }), ['isRetryable']],
  ['a server that is starting', new ApiError(503, {}), ['isRetryable']],
  ['no answer', new ConnectionError('cut'), ['isRetryable']],
  ['a silent watch', new SilentWatchError('silent'), ['isRetryable']],
  ['a bug', new TypeError('undefined is not a function'), []],
  ['what is no error at all', undefined, []],
];

describe('the kinds of errors', () => {
  it.each(TABLE)('know %s', (_, error, want) => {
    const names = Object.keys(PREDICATES) as (keyof typeof PREDICATES)[];

    expect(names.filter((name) => PREDICATES[name](error))).toEqual(want);
  });
});
