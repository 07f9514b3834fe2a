import { describe, expect, it } from '@jest/globals';
import type { Instance, Operation } from '../../../../src/api/instance.ts';
import { ADOPT_ANNOTATION } from '../../../../src/api/names.ts';
import { decideInstance, type InstanceDecision } from '../../../../src/domain/instance/decide.ts';
import type { InstanceObservation } from '../../../../src/domain/instance/observation.ts';
import { nextInstanceStatus } from '../../../../src/domain/instance/status.ts';
import type { ObservedVm, Ownership } from '../../../../src/domain/observed.ts';
import { ACCEPTED, NOTHING_DONE, type Outcome } from '../../../../src/domain/outcome.ts';
import { driverErrors } from '../../../../src/drivers/driver-errors.ts';
import {
  anInstanceObservation,
  anOperation,
  aStatus,
  aStoredInstance,
  NOW,
} from '../../../builders/observation.ts';
import { anObservedVm, INSTANCE_UID, type SpecFields } from '../../../builders/vm.ts';
import { RESCUE, STOPPED } from './situation.ts';

const FOREIGN_IDENTITY = {
  firmwareUUID: 'AAAAAAAA-0000-4000-8000-000000000001',
  serial: 'S-1',
  macAddresses: { default: '52:54:00:00:00:01' },
};

const ADOPT = { [ADOPT_ANNOTATION]: 'true' };

interface Scene {
  readonly ownership?: Ownership;
  readonly vm?: ObservedVm;
  readonly vmOwner?: string;
  readonly annotations?: Record<string, string>;
  readonly spec?: SpecFields;
  readonly lock?: Operation['type'];
  readonly status?: Instance['status'];
}

const NOBODY: Ownership = { kind: 'Nobody' };
const RETAINED: Ownership = { kind: 'Instance', uid: 'gone', deletionPolicy: 'Retain' };
const DELETED: Ownership = { kind: 'Instance', uid: 'gone', deletionPolicy: 'Delete' };
const OWN: Ownership = { kind: 'Instance', uid: INSTANCE_UID, deletionPolicy: 'Delete' };

/** A VM of the Instance's name that runs somebody else's boot with an identity of its own. */
function aForeignVm(ownership: Ownership): ObservedVm {
  const vm = anObservedVm();
  const boot = { mode: 'Normal', session: '', specHash: '' } as const;
  return {
    ...vm,
    ownership,
    identity: FOREIGN_IDENTITY,
    stored: { ...vm.stored, boot },
    running: vm.running && { ...vm.running, boot },
  };
}

function observe(scene: Scene): InstanceObservation {
  const { ownership = OWN, annotations = {}, spec = {}, lock, vmOwner } = scene;
  const { status = { ...aStatus(), ...(lock === undefined ? {} : { operation: anOperation(lock) }) } } =
    scene;
  return anInstanceObservation({
    instance: aStoredInstance({ spec, status, metadata: { annotations } }),
    vm: scene.vm ?? (ownership.kind === 'Nobody' ? aForeignVm(ownership) : { ...anObservedVm(), ownership }),
    vmOwner,
  });
}

const CLAIM: InstanceDecision['action'] = { kind: 'Claim', vmUid: 'vm-1' };
const NONE: InstanceDecision['action'] = { kind: 'None' };

describe('the VM of the name of an Instance', () => {
  it.each<
    Scene & {
      name: string;
      want: {
        action?: InstanceDecision['action'];
        lock?: Operation['type'];
        stalled?: string;
        awaited?: string;
      };
    }
  >([
    { name: 'its own', want: {} },
    { name: "somebody's", ownership: NOBODY, want: { stalled: 'NotOwned' } },
    {
      name: "somebody's, with an operation announced",
      ownership: NOBODY,
      lock: 'Start',
      want: { stalled: 'NotOwned' },
    },
    {
      name: "somebody's, that should be stopped",
      ownership: NOBODY,
      spec: STOPPED,
      want: { stalled: 'NotOwned' },
    },
    {
      name: "somebody's, that should be rescued",
      ownership: NOBODY,
      spec: RESCUE,
      want: { stalled: 'NotOwned' },
    },
    { name: "somebody's, to be adopted", ownership: NOBODY, annotations: ADOPT, want: { action: CLAIM } },
    {
      name: "somebody's, to be adopted and rescued: adopted first",
      ownership: NOBODY,
      annotations: ADOPT,
      spec: RESCUE,
      want: { action: CLAIM },
    },
    {
      name: "somebody's, with an annotation that does not say true",
      ownership: NOBODY,
      annotations: { [ADOPT_ANNOTATION]: 'yes' },
      want: { stalled: 'NotOwned' },
    },
    {
      name: 'controlled by something else, even if it is to be adopted',
      ownership: { kind: 'Other', controller: 'VirtualMachinePool web' },
      annotations: ADOPT,
      want: { stalled: 'NotOwned' },
    },
    { name: 'retained by an Instance that is gone', ownership: RETAINED, want: { action: CLAIM } },
    {
      name: 'copied from another Instance with its labels',
      ownership: RETAINED,
      vmOwner: 'web-2',
      want: { stalled: 'NotOwned' },
    },
    {
      name: 'copied from another Instance with its owner reference',
      ownership: DELETED,
      vmOwner: 'web-2',
      annotations: ADOPT,
      want: { stalled: 'NotOwned' },
    },
    { name: 'of an Instance that was deleted', ownership: DELETED, want: { awaited: 'PreviousVm' } },
    {
      name: 'of an Instance that was deleted, with an operation announced',
      ownership: DELETED,
      lock: 'Start',
      want: { awaited: 'PreviousVm', lock: 'Start' },
    },
    {
      name: 'its own, to be retained from now on',
      spec: { deletionPolicy: 'Retain' },
      want: { action: CLAIM },
    },
    {
      name: 'its own, to be retained from now on, with an edit that waits: the edit goes on waiting',
      spec: { deletionPolicy: 'Retain', memory: '2Gi' },
      want: { action: CLAIM },
    },
    {
      name: 'its own, to be retained, as it is',
      spec: { deletionPolicy: 'Retain' },
      ownership: { ...OWN, deletionPolicy: 'Retain' },
      want: {},
    },
    {
      name: 'its own, not to be retained any more',
      ownership: { ...OWN, deletionPolicy: 'Retain' },
      want: { action: CLAIM },
    },
    {
      name: 'its own, to be retained from now on, while it is migrated',
      spec: { deletionPolicy: 'Retain' },
      lock: 'Migrate',
      want: { action: CLAIM, lock: 'Migrate' },
    },
  ])('$name', ({ want, ...scene }) => {
    const { action, lock, stalled, awaited } = decideInstance(observe(scene), NOW);
    expect({ action, lock: lock?.type, stalled: stalled?.reason, awaited: awaited?.reason }).toEqual({
      action: want.action ?? NONE,
      lock: want.lock,
      stalled: want.stalled,
      awaited: want.awaited,
    });
  });
});

describe('the words for a VM that is not taken', () => {
  it.each<Scene & { name: string; want: string }>([
    {
      name: "somebody's",
      ownership: NOBODY,
      want:
        'A virtual machine default/web-1 is there already and does not belong to this Instance. Delete it, give the ' +
        'Instance another name, or let the Instance take the VM over as it runs with annotation ' +
        'compute.medevac.dev/adopt: "true".',
    },
    {
      name: 'controlled by something else',
      ownership: { kind: 'Other', controller: 'VirtualMachinePool web' },
      want:
        'A virtual machine default/web-1 is there already and is controlled by VirtualMachinePool web. Release it ' +
        'there, or give the Instance another name.',
    },
    {
      name: 'of another Instance',
      ownership: DELETED,
      vmOwner: 'web-2',
      want:
        'A virtual machine default/web-1 is there already and belongs to Instance default/web-2. Delete the VM, or ' +
        'give the Instance another name.',
    },
    {
      name: 'with another identity than is asked for',
      ownership: NOBODY,
      annotations: ADOPT,
      spec: {
        identity: {
          firmwareUUID: 'bbbbbbbb-0000-4000-8000-000000000002',
          serial: 's-1',
          macAddresses: { default: '52:54:00:00:00:02', unknown: '52:54:00:00:00:03' },
        },
      },
      want:
        "Instance default/web-1 can't take over the VM of its name, whose guest must not see its identity change: " +
        'spec.identity.firmwareUUID is bbbbbbbb-0000-4000-8000-000000000002, the VM has ' +
        'aaaaaaaa-0000-4000-8000-000000000001, spec.identity.serial is s-1, the VM has S-1, ' +
        'spec.identity.macAddresses.default is 52:54:00:00:00:02, the VM has 52:54:00:00:00:01. Create the Instance ' +
        'anew without these fields, or delete the VM.',
    },
  ])('$name', ({ want, ...scene }) => {
    expect(decideInstance(observe(scene), NOW).stalled?.message).toBe(want);
  });

  it('of an Instance that was deleted', () => {
    expect(decideInstance(observe({ ownership: DELETED }), NOW).awaited?.message).toBe(
      'Waiting until the VM default/web-1 of an Instance that was deleted is gone.',
    );
  });
});

describe('the identity of a VM that is taken over', () => {
  const frozen = {
    driver: 'memory',
    identity: { firmwareUUID: INSTANCE_UID, serial: 'x', macAddresses: {} },
  } as const;
  const scene: Scene = { ownership: NOBODY, annotations: ADOPT };

  it("is the VM's, also where another was meant for a VM that was never made; that is written down first", () => {
    const before = aStatus({ resolved: frozen });
    const observation = observe({ ...scene, status: before });
    const decision = decideInstance(observation, NOW);
    expect(decision).toMatchObject({ action: NONE, stalled: undefined });
    const status = nextInstanceStatus(observation, decision, { now: NOW });
    expect(status.resolved?.identity).toEqual(FOREIGN_IDENTITY);
    expect(decideInstance(observe({ ...scene, status }), NOW).action).toEqual(CLAIM);
  });

  it('may be asked for where it says the same, in whatever case', () => {
    const identity = { firmwareUUID: FOREIGN_IDENTITY.firmwareUUID.toLowerCase(), serial: 'S-1' };
    expect(decideInstance(observe({ ...scene, spec: { identity } }), NOW).action).toEqual(CLAIM);
  });

  it('is the one that was frozen, for a VM that is ours already', () => {
    const vm = { ...aForeignVm(OWN) };
    const { target } = decideInstance(observe({ vm, status: aStatus({ resolved: frozen }) }), NOW);
    expect(target.vm.identity.firmwareUUID).toBe(INSTANCE_UID);
  });
});

describe('the status of an Instance that takes a VM over', () => {
  function statusAfter(outcome: Outcome) {
    const observation = observe({ ownership: NOBODY, annotations: ADOPT, status: undefined });
    const decision = decideInstance(observation, NOW);
    return nextInstanceStatus(observation, decision, { outcome, now: NOW });
  }
  const conditionOf = ({ conditions }: ReturnType<typeof statusAfter>, type: string) =>
    conditions?.find((condition) => condition.type === type);

  it('shows it at once, as it is seen in the next pass', () => {
    const status = statusAfter(ACCEPTED);
    expect(status).toMatchObject({
      state: 'Running',
      node: 'node-a',
      resolved: { identity: FOREIGN_IDENTITY },
    });
    const next = observe({ vm: aForeignVm(OWN), annotations: ADOPT, status });
    const decision = decideInstance(next, NOW);
    expect(decision.action).toEqual(NONE);
    expect(nextInstanceStatus(next, decision, { outcome: NOTHING_DONE, now: NOW })).toEqual(status);
  });

  it('says that the spec waits for the next boot', () => {
    expect(conditionOf(statusAfter(ACCEPTED), 'RestartPending')).toMatchObject({
      status: 'True',
      reason: 'Adopted',
      message:
        'The VM was taken over as it was; the spec takes effect at the next start, rescue or unrescue.',
    });
  });

  it('shows nothing of it before it is the own one', () => {
    const status = statusAfter(driverErrors.busy('somebody is at it'));
    expect(status).toMatchObject({ state: 'Pending', powerState: 'Stopped' });
    expect(conditionOf(status, 'Ready')).toMatchObject({ status: 'False', message: 'somebody is at it' });
  });

  it('says what it waits for while an earlier VM goes', () => {
    const observation = observe({ ownership: DELETED });
    const status = nextInstanceStatus(observation, decideInstance(observation, NOW), { now: NOW });
    const message = 'Waiting until the VM default/web-1 of an Instance that was deleted is gone.';
    expect(conditionOf(status, 'Reconciling')).toMatchObject({
      status: 'True',
      reason: 'PreviousVm',
      message,
    });
    expect(conditionOf(status, 'Ready')).toMatchObject({ status: 'False', reason: 'PreviousVm', message });
    expect(conditionOf(status, 'Stalled')).toMatchObject({ status: 'False' });
  });
});
