import { describe, expect, it } from '@jest/globals';
import { stepOverStartPause } from '../../../../src/drivers/kubevirt/start-pause.ts';
import { aRenderedVm, aVmOrder } from '../../../builders/vm.ts';
import { anInstanceObject, aVirtualMachine } from './objects.ts';

const STORED_BOOT = { mode: 'Rescue', session: 'session-1', specHash: 'hash-1' } as const;

const same = aVmOrder('vm-a', { vm: { ...aRenderedVm(), boot: STORED_BOOT } });
const another = aVmOrder('vm-a');
const off = aVmOrder('vm-a', { power: 'Off' });

const failure = { consecutiveFailCount: 3, retryAfterTimestamp: '2026-11-23T01:43:11Z' };
const pausing = aVirtualMachine({ status: { printableStatus: 'CrashLoopBackOff', startFailure: failure } });
const pausingHalted = aVirtualMachine({
  spec: { runStrategy: 'Halted' },
  status: { printableStatus: 'CrashLoopBackOff', startFailure: failure },
});
const healthy = aVirtualMachine();
const halted = aVirtualMachine({ spec: { runStrategy: 'Halted' } });

const running = anInstanceObject();
const starting = anInstanceObject({
  status: { phase: 'Scheduling', phaseTransitionTimestamps: [{ phase: 'Pending' }] },
});
const failedBeforeItRan = anInstanceObject({ status: { phase: 'Failed', phaseTransitionTimestamps: [] } });
const ended = anInstanceObject({ status: { phase: 'Succeeded' } });

type Case = Parameters<typeof stepOverStartPause>;

describe('a start that failed', () => {
  it.each<[string, Case, ReturnType<typeof stepOverStartPause>]>([
    ['a new VM', [another, undefined, undefined], 'None'],
    ['another boot beside a running guest', [another, healthy, running], 'None'],
    ['another boot in the pause after a failed start', [another, pausing, undefined], 'Halt'],
    ['another boot while the wrong one can not come up', [another, healthy, starting], 'Halt'],
    ['another boot while a failed one is cleared away', [another, pausing, failedBeforeItRan], 'Halt'],
    ['the same boot in the pause', [same, pausing, undefined], 'None'],
    ['the same boot while it comes up', [same, healthy, starting], 'None'],
    ['power-off in the pause', [off, pausing, undefined], 'None'],
    ['power-on before the pause is forgotten', [another, pausingHalted, undefined], 'Wait'],
    ['power-on while a start is still cleared away', [another, halted, starting], 'Wait'],
    ['power-on of a halted VM', [another, halted, undefined], 'None'],
    ['power-on while the guest is going down', [another, halted, running], 'None'],
    ['power-on when the guest has gone down', [another, halted, ended], 'None'],
  ])('%s', (_, given, want) => {
    expect(stepOverStartPause(...given)).toBe(want);
  });
});
