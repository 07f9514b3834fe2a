import { describe, expect, it } from '@jest/globals';
import {
  isAlreadyUnderWay,
  isInDoubt,
  outcomeOfError,
} from '../../../../src/drivers/kubevirt/outcome-of-error.ts';
import { ApiError, ConnectionError } from '../../../../src/kube/api-errors.ts';

const denied = (webhook: string, words: string) =>
  `admission webhook "${webhook}" denied the request: ${words}`;
const internal = (words: string) => `Internal error occurred: ${words}`;

/** Answers as the real virt-api and API server gave them. */
const rows: [
  what: string,
  code: number,
  status: { reason?: string; message: string; details?: unknown },
  want: string,
][] = [
  [
    'a second migration of one VM',
    400,
    {
      message: denied(
        'migration-create-validator.kubevirt.io',
        'in-flight migration detected. Active migration job (5ea41932) is currently already in progress for VMI vm-a.',
      ),
    },
    'Busy',
  ],
  [
    'a VM that is not migratable',
    400,
    {
      message: denied(
        'migration-create-validator.kubevirt.io',
        'Cannot migrate VMI, Reason: DisksNotLiveMigratable',
      ),
    },
    'Rejected',
  ],
  [
    'a refused template',
    422,
    { reason: 'Invalid', message: denied('virtualmachine-validator.kubevirt.io', 'Boot order') },
    'Rejected',
  ],
  [
    'a restart with another grace period',
    400,
    { reason: 'BadRequest', message: 'only gracePeriod=0' },
    'Rejected',
  ],
  ['no right', 403, { reason: 'Forbidden', message: 'forbidden' }, 'Rejected'],
  ['no such VM', 404, { reason: 'NotFound', message: 'not found' }, 'NotFound'],
  [
    'fields of another manager',
    409,
    { reason: 'Conflict', message: 'conflict', details: { causes: [{ reason: 'FieldManagerConflict' }] } },
    'Rejected',
  ],
  [
    'a restart without an instance',
    409,
    { reason: 'Conflict', message: 'VM is not running: Halted' },
    'Busy',
  ],
  ['the uid of a VM that is gone', 409, { reason: 'Conflict', message: 'uid mismatch' }, 'Busy'],
  [
    'the uid of a VM that was made again',
    422,
    {
      reason: 'Invalid',
      message: 'metadata.uid: Invalid value: field is immutable',
      details: { causes: [{ reason: 'FieldValueInvalid', field: 'metadata.uid' }] },
    },
    'Busy',
  ],
  [
    'a VM that was to be made, and is there already',
    422,
    {
      reason: 'Invalid',
      message: 'metadata.resourceVersion: Invalid value: 0: must be specified for an update',
      details: { causes: [{ reason: 'FieldValueInvalid', field: 'metadata.resourceVersion' }] },
    },
    'Busy',
  ],
  ['overload', 429, { reason: 'TooManyRequests', message: 'later' }, 'Unavailable'],
  ['rotated credentials', 401, { reason: 'Unauthorized', message: 'Unauthorized' }, 'Unavailable'],
  [
    'virt-api down',
    500,
    { reason: 'InternalError', message: internal('failed calling webhook "migrations-mutator.kubevirt.io"') },
    'Unavailable',
  ],
  ['no virt-api behind the aggregation layer', 503, { message: 'service unavailable' }, 'Unavailable'],
];

describe('the outcome of an error', () => {
  it.each(rows)('%s: %i', (_, code, status, want) => {
    expect(outcomeOfError(new ApiError(code, status))).toEqual({ kind: want, message: status.message });
  });

  it('no answer: nothing is known', () => {
    expect(outcomeOfError(new ConnectionError('reset'))).toEqual({ kind: 'Unavailable', message: 'reset' });
  });

  it('a bug stays a bug', () => {
    expect(() => outcomeOfError(new TypeError('x is undefined'))).toThrow(TypeError);
  });
});

describe('a second restart', () => {
  it.each([
    [500, internal('unable to complete request: stop/start already underway'), true],
    [500, internal('failed calling webhook'), false],
    [409, 'VM is not running: Halted', false],
  ])('%i %s: under way is %s', (code, message, want) => {
    expect(isAlreadyUnderWay(new ApiError(code, { message }))).toBe(want);
  });
});

describe('whether a call was carried out', () => {
  const answered = (code: number, message: string) => new ApiError(code, { message });

  it.each<[string, Error]>([
    ['there was no answer', new ConnectionError('no complete answer within 30000 ms')],
    ['the connection was reset', new ConnectionError('read ECONNRESET')],
    ['virt-api did not answer the API server', answered(503, 'error trying to reach service: EOF')],
    [
      'the API server gave up',
      answered(504, 'Timeout: request did not complete within the allotted timeout'),
    ],
    ['virt-api failed', answered(500, 'Internal error occurred: unable to get VM status')],
  ])('is not known where %s', (_, error) => {
    expect(isInDoubt(error)).toBe(true);
  });

  it.each<[string, Error]>([
    ['the API server is not there', new ConnectionError('connect ECONNREFUSED 127.0.0.1:6443')],
    [
      'virt-api is not there',
      answered(503, 'error trying to reach service: dial tcp 10.0.0.1:443: connect: connection refused'),
    ],
    ['virt-api has no pod', answered(503, 'no endpoints available for service "virt-api"')],
    ['virt-api is known to be down', answered(503, 'service unavailable')],
    ['it was refused', answered(409, 'VM is not running')],
    ['there were too many', answered(429, 'Too many requests')],
  ])('is known where %s: it was not', (_, error) => {
    expect(isInDoubt(error)).toBe(false);
  });
});
