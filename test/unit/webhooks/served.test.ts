import { expect, it } from '@jest/globals';
import { whereServed } from '../../../src/webhooks/served.ts';
import type { AdmissionRequest, Answer } from '../../../src/webhooks/review.ts';

const REFUSED: Answer = { kind: 'Refused', code: 409, message: 'no' };
const judge = whereServed({ serves: (namespace) => namespace === 'team-a' }, () => REFUSED);

const inNamespace = (namespace: string): AdmissionRequest => ({
  uid: 'u1',
  resource: { group: 'compute.medevac.dev', version: 'v1beta1', resource: 'instances' },
  operation: 'CREATE',
  namespace,
  name: 'web-1',
  dryRun: false,
});

it('a request of a namespace that the operator works in is judged', async () => {
  expect(await judge(inNamespace('team-a'))).toEqual(REFUSED);
});

it('one of another namespace is let through, and it is said that nothing comes of it', async () => {
  expect(await judge(inNamespace('team-b'))).toEqual({
    kind: 'Admitted',
    warnings: [
      'medevac does not work in namespace "team-b": nothing becomes of team-b/web-1 until an admin of the cluster adds the ' +
        'namespace to its setting --namespaces (chart: namespaces).',
    ],
  });
});
