/** Loaded before the operator (`--import`): its driver of KubeVirt becomes the mutant that the URL names. */
import { KubeVirtDriver } from '../../../src/drivers/kubevirt/kubevirt-driver.ts';
import { MUTANTS, type Changeable } from './mutants.ts';

const mutant = MUTANTS[new URL(import.meta.url).searchParams.get('mutant') ?? ''];
if (mutant === undefined) throw new Error(`there is no such mutant: ${import.meta.url}`);

const { prototype } = KubeVirtDriver;
const originals = Object.getOwnPropertyDescriptors(prototype);

function changed(driver: KubeVirtDriver): Changeable {
  const right = {
    observe: original('observe').bind(driver),
    restart: original('restart').bind(driver),
    migrate: original('migrate').bind(driver),
  };
  return { ...right, ...mutant?.mutate(right) };
}

function original<K extends keyof Changeable>(name: K): KubeVirtDriver[K] {
  return originals[name].value as KubeVirtDriver[K];
}

prototype.observe = function (...args) {
  return changed(this).observe(...args);
};
prototype.restart = function (...args) {
  return changed(this).restart(...args);
};
prototype.migrate = function (...args) {
  return changed(this).migrate(...args);
};
