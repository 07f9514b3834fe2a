import { InstanceState, type InstanceSpec } from '../../../../src/api/instance.ts';
import { canonicalJson } from '../../../../src/domain/fingerprint.ts';
import { admitInstance } from '../../../../src/domain/instance/admission.ts';
import type { Verdict } from '../../../../src/domain/verdict.ts';
import { judgeInstance } from '../../../../src/webhooks/instance.ts';
import { aDisk, aRescue } from '../../../builders/instance.ts';
import { aSpec, type SpecFields } from '../../../builders/vm.ts';
import { aDriver, aWorld } from '../../../builders/world.ts';
import { aRequest } from '../../webhooks/reviews.ts';
import type { Combination, TruthTable } from './truth-table.ts';
import { wordsOf } from './words.ts';

const ROOT = { containerDisk: { image: 'registry.example/root:1' } };

/** What an edit makes of the spec that is there. */
const EDITS = {
  rescue: (spec: InstanceSpec) => edited(spec, { rescue: aRescue() }),
  'rescue from a claim': (spec: InstanceSpec) =>
    edited(spec, { rescue: aRescue({ source: { persistentVolumeClaim: { claimName: 'rescue' } } }) }),
  'rescue from its own root image': (spec: InstanceSpec) =>
    edited(spec, { rescue: aRescue({ source: ROOT }) }),
  'change the rescue source': (spec: InstanceSpec) =>
    spec.rescue === undefined ? spec : edited(spec, { rescue: aRescue({ device: 'Disk' }) }),
  'edit the lease': (spec: InstanceSpec) =>
    spec.rescue === undefined ? spec : edited(spec, { rescue: { ...spec.rescue, expiresAfter: '4h' } }),
  unrescue: ({ rescue: _, ...spec }: InstanceSpec) => spec,
  start: (spec: InstanceSpec) => edited(spec, { powerState: 'Running' }),
  stop: (spec: InstanceSpec) => edited(spec, { powerState: 'Stopped' }),
  'edit hardware': (spec: InstanceSpec) => edited(spec, { memory: '2Gi' }),
  delete: (spec: InstanceSpec) => spec,
} as const;

type Action = keyof typeof EDITS;

const AXES = {
  action: Object.keys(EDITS) as Action[],
  state: InstanceState.options,
  migration: ['none', 'unfinished'],
} as const;

function edited(spec: InstanceSpec, fields: SpecFields): InstanceSpec {
  return aSpec({ ...spec, ...fields });
}

/** The spec of an Instance in a state: what it asked for to get there. */
function specIn(state: InstanceState): InstanceSpec {
  const disks = [aDisk({ source: ROOT })];
  if (state === 'Rescuing' || state === 'Rescued') return aSpec({ disks, rescue: aRescue() });
  return aSpec({ disks, powerState: state === 'Stopping' || state === 'Stopped' ? 'Stopped' : 'Running' });
}

function verdictOn({ action, state, migration }: Combination<typeof AXES>): Verdict | undefined {
  if (action === 'delete') return deletion();
  const before = specIn(state);
  const after = EDITS[action](before);
  const unfinished = { name: 'web-1-away', phase: 'Running', elapsedSeconds: 1 };
  const verdict = admitInstance({
    namespace: 'team-a',
    name: 'web-1',
    driver: aDriver(),
    before,
    after,
    unfinished: migration === 'unfinished' ? unfinished : undefined,
    unrescueDuringMigration: 'Refuse',
    rescue: undefined,
  });
  const isNothing = verdict.kind === 'Admitted' && verdict.warnings.length === 0;
  return isNothing && canonicalJson(before) === canonicalJson(after) ? undefined : verdict;
}

function deletion(): Verdict {
  const answer = judgeInstance({ world: aWorld(), unrescueDuringMigration: 'Refuse' })(
    aRequest({ operation: 'DELETE', object: null }),
  );
  if (answer.kind !== 'Admitted') throw new Error('a deletion is not admitted');
  return answer;
}

const NONE = { migration: ['none'] } as const;
const UNFINISHED = { migration: ['unfinished'] } as const;
const IN_RESCUE = ['Rescuing', 'Rescued'] as const;
const OFF = ['Stopping', 'Stopped'] as const;
const RESCUES: Action[] = ['rescue', 'rescue from a claim', 'rescue from its own root image'];
const not = (...states: readonly InstanceState[]) => AXES.state.filter((state) => !states.includes(state));
const DECLARED = 'It is declared, so no way back is lost; it is done as soon as it can be.';
const BUSY = '409, task migrating';

/** An Instance is edited or deleted. */
export const EDIT_INSTANCE: TruthTable<typeof AXES> = {
  axes: AXES,
  answer: (combination) => {
    const verdict = verdictOn(combination);
    return verdict === undefined ? 'nothing changes' : wordsOf(verdict);
  },
  rows: [
    {
      where: { ...NONE, action: ['rescue'], state: ['Running', 'Stopped', 'Failed'] },
      want: 'admitted',
      nova: '200',
    },
    {
      where: { ...NONE, action: ['rescue'], state: not('Running', 'Stopped', 'Failed', ...IN_RESCUE) },
      want: 'admitted',
      nova: '409',
      why: DECLARED,
    },
    {
      where: { action: ['rescue'], state: IN_RESCUE },
      want: 'nothing changes',
      nova: '409',
      why: 'What is asked for is there already.',
    },
    {
      where: { ...NONE, action: ['rescue from a claim', 'rescue from its own root image'] },
      want: 'warning',
      nova: '200, without a word',
      why: 'The trap is named when it is set, not when somebody is in it.',
    },
    {
      where: { ...UNFINISHED, action: RESCUES, state: not(...IN_RESCUE) },
      want: '409 MigrationInProgress',
      nova: BUSY,
    },
    {
      where: {
        ...UNFINISHED,
        action: ['rescue from a claim', 'rescue from its own root image'],
        state: IN_RESCUE,
      },
      want: '409 MigrationInProgress',
      nova: BUSY,
    },
    {
      where: { ...NONE, action: ['change the rescue source'], state: IN_RESCUE },
      want: 'admitted',
      nova: 'no such request: unrescue, then rescue',
      why: 'A new rescue boot.',
    },
    {
      where: { ...UNFINISHED, action: ['change the rescue source'], state: IN_RESCUE },
      want: '409 MigrationInProgress',
      nova: 'no such request',
    },
    {
      where: { action: ['edit the lease'], state: IN_RESCUE },
      want: 'admitted',
      nova: 'no such request: rescue_timeout is one for all',
      why: 'It boots nothing.',
    },
    {
      where: { action: ['change the rescue source', 'edit the lease'], state: not(...IN_RESCUE) },
      want: 'nothing changes',
      nova: 'no such request',
    },
    { where: { ...NONE, action: ['unrescue'], state: ['Rescued'] }, want: 'admitted', nova: '202' },
    {
      where: { ...NONE, action: ['unrescue'], state: ['Rescuing'] },
      want: 'admitted',
      nova: '409, task rescuing',
      why: DECLARED,
    },
    {
      where: { ...UNFINISHED, action: ['unrescue'], state: IN_RESCUE },
      want: '409 MigrationInProgress',
      nova: BUSY,
    },
    {
      where: { action: ['unrescue'], state: not(...IN_RESCUE) },
      want: 'nothing changes',
      nova: '409',
      why: 'What is asked for is there already.',
    },
    { where: { ...NONE, action: ['start'], state: OFF }, want: 'admitted', nova: '202 (SHUTOFF)' },
    { where: { ...UNFINISHED, action: ['start'], state: OFF }, want: '409 MigrationInProgress', nova: BUSY },
    { where: { action: ['start'], state: not(...OFF) }, want: 'nothing changes', nova: '409' },
    { where: { ...NONE, action: ['stop'], state: ['Running', 'Failed'] }, want: 'admitted', nova: '202' },
    {
      where: { ...NONE, action: ['stop'], state: IN_RESCUE },
      want: 'admitted',
      nova: '409',
      why: 'It holds from unrescue on: the VM is stopped again then.',
    },
    {
      where: { ...NONE, action: ['stop'], state: not('Running', 'Failed', ...IN_RESCUE, ...OFF) },
      want: 'admitted',
      nova: '409',
      why: DECLARED,
    },
    {
      where: { ...UNFINISHED, action: ['stop'], state: not(...OFF) },
      want: '409 MigrationInProgress',
      nova: BUSY,
    },
    { where: { action: ['stop'], state: OFF }, want: 'nothing changes', nova: '409' },
    {
      where: { action: ['edit hardware'] },
      want: 'admitted',
      nova: 'resize: 202 from ACTIVE and SHUTOFF, 409 from RESCUE or while migrating',
      why: 'It waits for the next boot, and condition RestartPending says so.',
    },
    { where: { action: ['delete'] }, want: 'admitted', nova: '204 in any state, also while migrating' },
  ],
};
