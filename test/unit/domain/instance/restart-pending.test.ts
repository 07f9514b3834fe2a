import { describe, expect, it } from '@jest/globals';
import { decideInstance } from '../../../../src/domain/instance/decide.ts';
import { restartPending } from '../../../../src/domain/instance/restart-pending.ts';
import type { ObservedVm } from '../../../../src/domain/observed.ts';
import { NOW } from '../../../builders/observation.ts';
import { anObservedVm, type SpecFields } from '../../../builders/vm.ts';
import { DEFINED_FOR_RESCUE, observe, RESCUE, STOPPED, withRunning, type Situation } from './situation.ts';

const CORES = 'spec.template.spec.domain.cpu.cores';

function told(situation: Situation) {
  const observation = observe(situation);
  return restartPending({ observation, decision: decideInstance(observation, NOW) });
}

describe('what waits for the next boot', () => {
  it.each<{ name: string; vm: ObservedVm | undefined; spec?: SpecFields; want: string }>([
    { name: 'nothing', vm: anObservedVm(), want: 'False UpToDate' },
    { name: 'an edit', vm: anObservedVm(), spec: { memory: '2Gi' }, want: 'True SpecChanged' },
    { name: 'a change by somebody else', vm: anObservedVm({ drift: [CORES] }), want: 'True Drifted' },
    {
      name: 'an edit, whatever somebody else has changed',
      vm: anObservedVm({ drift: [CORES] }),
      spec: { memory: '2Gi' },
      want: 'True SpecChanged',
    },
    {
      name: 'a whole VM that somebody else has made',
      vm: withRunning(anObservedVm(), { boot: { mode: 'Normal', session: '', specHash: '' } }),
      want: 'True Adopted',
    },
    {
      name: 'nothing of a VM that is off: it is stored anew before it is started',
      vm: anObservedVm({ power: 'Off', running: undefined, drift: [CORES] }),
      spec: STOPPED,
      want: 'False UpToDate',
    },
    {
      name: 'nothing while a boot is under way',
      vm: DEFINED_FOR_RESCUE,
      spec: RESCUE,
      want: 'False UpToDate',
    },
  ])('$name', ({ want, vm, spec = {} }) => {
    const { status, reason } = told({ vm, spec });
    expect(`${status} ${reason}`).toBe(want);
  });

  it.each([
    { name: 'one field', drift: [CORES], want: CORES },
    { name: 'five fields', drift: ['a', 'b', 'c', 'd', 'e'], want: 'a, b, c, d, e' },
    { name: 'more', drift: ['a', 'b', 'c', 'd', 'e', 'f', 'g'], want: 'a, b, c, d, e and 2 more' },
  ])('names what somebody else has changed: $name', ({ drift, want }) => {
    expect(told({ vm: anObservedVm({ drift }) }).message).toBe(
      `Somebody else has changed ${want} of the VM; it is put right at the next start, rescue or unrescue.`,
    );
  });
});

describe('a change by somebody else', () => {
  const drifted = (vm: ObservedVm) => ({ ...vm, stored: { ...vm.stored, drift: [CORES] } });
  it.each<Situation & { name: string; want: string }>([
    { name: 'causes no boot of its own', vm: drifted(anObservedVm()), want: 'None' },
    {
      name: 'is put right before a boot that is ours, also where all else is stored already',
      spec: RESCUE,
      lock: 'Rescue',
      vm: drifted(DEFINED_FOR_RESCUE),
      want: 'Define',
    },
    {
      name: 'that is not there any more does not hold the boot up',
      spec: RESCUE,
      lock: 'Rescue',
      vm: DEFINED_FOR_RESCUE,
      want: 'Restart',
    },
  ])('$name: $want', ({ want, ...situation }) => {
    expect(decideInstance(observe(situation), NOW).action.kind).toBe(want);
  });
});
