import { describe, expect, it } from '@jest/globals';
import { nextStep, type Machine, type Running } from '../../../bench/stage/brief-steps.ts';

const metadata = { name: 'vm-1', namespace: 'bench', uid: 'machine' };
const template = { metadata: { annotations: { boot: 'a' } }, spec: { volumes: [] } };

function aMachine(status?: Machine['status'], runStrategy = 'Always'): Machine {
  return { metadata, spec: { runStrategy, template }, ...(status && { status }) };
}

function anInstance(phase: string): Running {
  return { metadata: { ...metadata, uid: 'boot-1' }, status: { phase } };
}

const restart = {
  ready: true,
  stateChangeRequests: [{ action: 'Stop', uid: 'boot-1' }, { action: 'Start' }],
};

describe('KubeVirt in brief', () => {
  it.each([
    {
      name: 'a VM that should run gets an instance',
      machine: aMachine(),
      instance: undefined,
      want: 'Create',
    },
    {
      name: 'one that should not gets none',
      machine: aMachine(undefined, 'Halted'),
      instance: undefined,
      want: undefined,
    },
    {
      name: 'an instance that was scheduled runs',
      machine: aMachine(),
      instance: anInstance('Scheduling'),
      want: 'Run',
    },
    {
      name: 'that it runs is reported on the VM',
      machine: aMachine(),
      instance: anInstance('Running'),
      want: 'Report',
    },
    {
      name: 'and then nothing is left to do',
      machine: aMachine({ ready: true }),
      instance: anInstance('Running'),
      want: undefined,
    },
    {
      name: 'an instance whose end was asked for goes',
      machine: aMachine(restart),
      instance: anInstance('Running'),
      want: 'Delete',
    },
    {
      name: 'when it is gone the request is done',
      machine: aMachine(restart),
      instance: undefined,
      want: 'Report',
    },
    {
      name: 'a request for an earlier boot ends none',
      machine: aMachine({ ...restart, stateChangeRequests: [{ action: 'Stop', uid: 'boot-0' }] }),
      instance: anInstance('Running'),
      want: undefined,
    },
  ])('$name', ({ machine, instance, want }) => {
    expect(nextStep(machine, instance, 'node-a')?.kind).toBe(want);
  });

  it('the instance is the VM’s and carries what its template says', () => {
    expect(nextStep(aMachine(), undefined, 'node-a')).toMatchObject({
      kind: 'Create',
      instance: {
        metadata: {
          name: 'vm-1',
          annotations: { boot: 'a' },
          ownerReferences: [{ uid: 'machine', controller: true }],
        },
        spec: { volumes: [] },
      },
    });
  });

  it('the node that it runs on is named', () => {
    expect(nextStep(aMachine(), anInstance('Scheduling'), 'node-a')).toMatchObject({
      patch: [{ path: '/status', value: { phase: 'Running', nodeName: 'node-a' } }],
    });
  });
});
