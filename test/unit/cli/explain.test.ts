import { describe, expect, it } from '@jest/globals';
import { Complaint } from '../../../src/cli/complaint.ts';
import { explain } from '../../../src/cli/explain.ts';
import { ApiError, ConnectionError } from '../../../src/kube/api-errors.ts';

const asked = { server: 'https://10.0.0.1:6443' };
type Answer = readonly [code: number, message: string, reason: string | undefined, want: string];

const FORBIDDEN = (verb: string, resource: string) =>
  `${resource}.compute.medevac.dev is forbidden: User "bob" cannot ${verb} resource "${resource}" in API group "compute.medevac.dev" in the namespace "team-a"`;

describe('what a user is told of an answer', () => {
  it.each<readonly [string, ...Answer]>([
    [
      'a webhook’s refusal, without what kubectl puts before it',
      400,
      'admission webhook "live-migrations.compute.medevac.dev" denied the request: Cannot do it. Do this.',
      'BadRequest',
      'Cannot do it. Do this.',
    ],
    [
      'that of an admission policy',
      403,
      `instances.compute.medevac.dev "web-1" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: Ask for it.`,
      'Forbidden',
      'Ask for it.',
    ],
    [
      'credentials that have run out',
      401,
      'Unauthorized',
      'Unauthorized',
      'The API server does not know you. Renew the credentials of the context in your kubeconfig, or name another context with --context.',
    ],
    [
      'a right to read that is missing',
      403,
      FORBIDDEN('list', 'instances'),
      'Forbidden',
      `${FORBIDDEN('list', 'instances')}. Ask an admin of the cluster for ClusterRole medevac:view.`,
    ],
    [
      'a right to rescue',
      403,
      FORBIDDEN('patch', 'instances'),
      'Forbidden',
      `${FORBIDDEN('patch', 'instances')}. Ask an admin of the cluster for ClusterRole medevac:edit.`,
    ],
    [
      'a right to migrate',
      403,
      FORBIDDEN('create', 'livemigrations'),
      'Forbidden',
      `${FORBIDDEN('create', 'livemigrations')}. Ask an admin of the cluster for ClusterRole medevac:migrate.`,
    ],
    [
      'another right',
      403,
      'nodes is forbidden: User "bob" cannot list resource "nodes"',
      'Forbidden',
      'nodes is forbidden: User "bob" cannot list resource "nodes". Ask an admin of the cluster for that right.',
    ],
    [
      'a cluster without medevac',
      404,
      'the server could not find the requested resource',
      'NotFound',
      'This cluster has no medevac: its API server does not know the kind. Install the Helm chart charts/medevac, or name another cluster with --context.',
    ],
    [
      'an object that is gone',
      404,
      'livemigrations "x" not found',
      'NotFound',
      'livemigrations "x" not found. Check the name.',
    ],
    [
      'a write of somebody else',
      409,
      'the object has been modified',
      'Conflict',
      'the object has been modified. Somebody has changed it meanwhile: look at it, and ask again.',
    ],
    [
      'a server that is busy',
      503,
      'etcdserver: leader changed.',
      undefined,
      "The API server can't answer now: etcdserver: leader changed. Ask again later.",
    ],
    [
      'a value that the schema refuses',
      422,
      'spec.x: Invalid value',
      'Invalid',
      'spec.x: Invalid value. Correct it, and ask again.',
    ],
  ])('%s', (_, ...[code, message, reason, want]) => {
    const error = new ApiError(code, { message, ...(reason !== undefined && { reason }) });
    expect(explain(error, asked)).toEqual({ message: want, exitCode: 1 });
  });

  it('is which server does not answer', () => {
    expect(explain(new ConnectionError('connect ECONNREFUSED 10.0.0.1:6443'), asked)).toEqual({
      message:
        'The API server https://10.0.0.1:6443 does not answer: connect ECONNREFUSED 10.0.0.1:6443. ' +
        'Check that the cluster is up, or name another one with --context.',
      exitCode: 4,
    });
  });

  it('is what a verb has found out itself', () => {
    expect(explain(new Complaint('No.', 'waitedInVain'), asked)).toEqual({ message: 'No.', exitCode: 3 });
  });

  it('is nothing of a mistake of ours, which must not be hidden', () => {
    const bug = new TypeError('x is not a function');
    expect(() => explain(bug, asked)).toThrow(bug);
  });
});
