import type { Instance } from '../../../../src/api/instance.ts';
import { isFinal } from '../../../../src/domain/live-migration/decide.ts';
import { renderVm } from '../../../../src/domain/vm.ts';
import { jsonEqual } from '../../../../src/kube/json-equal.ts';
import type { Ground } from './ground.ts';
import { identityOf, inForce, isWantedOn } from './rules.ts';

/** What is not as it was asked for, now that nothing more goes wrong: one line each. */
export function unfinished(ground: Ground, names: readonly string[]): string[] {
  const found = names.flatMap((name) => {
    const instance = ground.instance(name);
    const left =
      instance === undefined
        ? ofGone(ground, name)
        : ofInstance(instance, (spec) => ofGuest(ground, instance, spec));
    const migrations = ground.migrations(name).filter(({ status }) => !isFinal(status?.phase));
    const waiting =
      instance === undefined ? [] : migrations.map(({ status }) => `its migration stays ${status?.phase}`);
    return [left, ...waiting].filter((what) => what !== undefined).map((what) => `${name}: ${what}`);
  });
  return found;
}

function ofGone({ cluster }: Ground, name: string): string | undefined {
  const ownership = cluster.vm(name)?.ownership;
  return ownership?.kind === 'Instance' && ownership.deletionPolicy === 'Delete'
    ? 'the VM has outlived its Instance'
    : undefined;
}

/** What is not as its spec asks; what runs is looked at where something should. */
export function ofInstance(
  instance: Instance,
  lookAtGuest: (spec: Instance['spec']) => string | undefined,
): string | undefined {
  const spec = inForce(instance);
  const power = isWantedOn(spec) ? 'Running' : 'Stopped';
  const wanted = spec.rescue === undefined ? power : 'Rescued';
  const isOff = wanted === 'Stopped';
  return ofStatus(instance, wanted) ?? (isOff ? undefined : lookAtGuest(spec));
}

function ofStatus({ metadata, status }: Instance, wanted: string): string | undefined {
  if (status?.state !== wanted) return `it is ${status?.state}, and should be ${wanted}`;
  if (status.operation !== undefined) return `the lock ${status.operation.type} is held for ever`;
  if (status.observedGeneration !== metadata.generation) return 'its spec was not seen';
  const isReady = status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True');
  return isReady ? undefined : 'it is not Ready';
}

/** Rule 1: what runs is what the stored spec renders, whatever has been before, or the difference is said. */
function ofGuest({ cluster }: Ground, instance: Instance, spec: Instance['spec']): string | undefined {
  const booted = cluster.bootedVm(instance.metadata.name);
  if (booted === undefined) return 'nothing runs';
  const isAsRendered = jsonEqual(booted, renderVm(spec, identityOf(instance, booted.identity), spec.rescue));
  return ofRendering(instance, isAsRendered);
}

/** A guest that is not as its spec says waits for a restart, and says so. */
export function ofRendering({ status }: Instance, isAsRendered: boolean): string | undefined {
  const isPending = status?.conditions?.find(({ type }) => type === 'RestartPending')?.status === 'True';
  return isAsRendered === isPending
    ? `RestartPending is ${isPending}, and the guest ${isAsRendered ? 'is' : 'is not'} as rendered`
    : undefined;
}
