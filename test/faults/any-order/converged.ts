import { InstanceSpec, type Instance } from '../../../src/api/instance.ts';
import { MODE_ANNOTATION, SESSION_ANNOTATION, SPEC_HASH_ANNOTATION } from '../../../src/api/names.ts';
import { isFinal } from '../../../src/domain/live-migration/decide.ts';
import { renderVm, type Boot } from '../../../src/domain/vm.ts';
import { jsonEqual } from '../../../src/kube/json-equal.ts';
import type { KubeObject } from '../../../src/kube/resource.ts';
import type { VirtualMachineInstance } from '../../kubevirt-simulator/objects/kinds.ts';
import type { Wanted } from '../../unit/controllers/any-order/command.ts';
import { ofInstance, ofRendering } from '../../unit/controllers/any-order/converged.ts';
import type { Spec } from '../../unit/controllers/any-order/edits.ts';
import { identityOf } from '../../unit/controllers/any-order/rules.ts';
import { NAMES, type Ground } from './ground.ts';

/** What is not as users have asked for it: one line each. */
export function unfinished(ground: Ground, wanted: Wanted): string[] {
  const migrations = ground.witness.liveMigrations
    .filter(({ status }) => !isFinal(status?.phase))
    .map(({ metadata, status }) => `${metadata.name} stays ${status?.phase ?? 'without a phase'}`);
  const instances = NAMES.map((name) => {
    const what = ofName(ground, name, wanted.get(name));
    return what && `${name}: ${what}`;
  });
  return [...instances.filter((what) => what !== undefined), ...migrations];
}

function ofName(ground: Ground, name: string, spec: Spec | undefined): string | undefined {
  const instance = ground.instance(name);
  if (spec === undefined) return instance === undefined ? ofGone(ground, name) : 'it is still there';
  if (instance === undefined) return 'it is gone';
  if (!jsonEqual(instance.spec, InstanceSpec.parse(ground.localised(spec)))) return 'its spec was changed';
  const isGoing = MACHINE.some(
    (kind) => objectOf(ground, kind, name)?.metadata.deletionTimestamp !== undefined,
  );
  // Nobody has seen yet what comes of it.
  if (isGoing || objectOf(ground, 'VirtualMachine', name) === undefined) return 'its VM goes, or is gone';
  return ofInstance(instance, (inForce) => ofGuest(ground, instance, inForce));
}

const MACHINE = ['VirtualMachine', 'VirtualMachineInstance'] as const;

function objectOf({ witness }: Ground, kind: (typeof MACHINE)[number], name: string): KubeObject | undefined {
  return witness.all(kind).find(({ metadata }) => metadata.name === name);
}

/** One that is retained has no owner any more. */
function ofGone(ground: Ground, name: string): string | undefined {
  const vm = objectOf(ground, 'VirtualMachine', name);
  return vm?.metadata.ownerReferences === undefined ? undefined : 'the VM has outlived its Instance';
}

/** Rule 1: what runs is what the stored spec renders, whatever has been before, or the difference is said. */
function ofGuest(ground: Ground, instance: Instance, spec: Instance['spec']): string | undefined {
  const guest = objectOf(ground, 'VirtualMachineInstance', instance.metadata.name) as
    VirtualMachineInstance | undefined;
  if (guest?.status?.phase !== 'Running') return `its guest is ${guest?.status?.phase ?? 'not there'}`;
  const { boot } = renderVm(spec, identityOf(instance, undefined), spec.rescue);
  const booted = bootOf(guest);
  if (booted.mode !== boot.mode) return `it was booted for ${booted.mode}`;
  return ofRendering(instance, jsonEqual(booted, boot));
}

function bootOf({ metadata: { annotations = {} } }: VirtualMachineInstance): Boot {
  return {
    mode: annotations[MODE_ANNOTATION] === 'Rescue' ? 'Rescue' : 'Normal',
    session: annotations[SESSION_ANNOTATION] ?? '',
    specHash: annotations[SPEC_HASH_ANNOTATION] ?? '',
  };
}
