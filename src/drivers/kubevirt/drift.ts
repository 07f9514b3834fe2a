import { z } from 'zod';
import { INSTANCE_UID_LABEL } from '../../api/names.ts';
import type { RenderedVm } from '../../domain/vm.ts';
import { bootOf } from './observe.ts';
import { renderTemplate } from './render.ts';
import type { VirtualMachine } from './resources.ts';
import { missingFrom } from './subset.ts';

interface Comparison {
  readonly specHash: string;
  readonly paths: readonly string[];
}

const Labelled = z.looseObject({
  metadata: z.looseObject({ labels: z.record(z.string(), z.string()).optional() }).optional(),
});

/**
 * What others have changed in the templates that we have stored. A comparison is made once for each version of a VM that
 * somebody asks about, and not at all where another boot is wanted anyway.
 */
export class Drift {
  readonly #compared = new WeakMap<VirtualMachine, Comparison>();
  /** By VM: what was different right after we had stored it, and so is KubeVirt's, or somebody's webhook's, own doing. */
  readonly #asStored = new Map<string, Comparison>();

  /** Takes the VM as the API server has answered our own write of `wanted`. */
  learn(key: string, vm: VirtualMachine, wanted: RenderedVm): void {
    const paths = differences(vm, wanted);
    if (paths.length === 0) this.forget(key);
    else this.#asStored.set(key, { specHash: wanted.boot.specHash, paths });
    this.#compared.delete(vm);
  }

  forget(key: string): void {
    this.#asStored.delete(key);
  }

  /** Paths of the fields that are not as `wanted` says, though the VM is stored as being that. */
  of(key: string, vm: VirtualMachine, wanted: RenderedVm): readonly string[] {
    const { specHash } = wanted.boot;
    if (bootOf(vm.spec.template.metadata?.annotations).specHash !== specHash) return [];
    const known = this.#compared.get(vm);
    if (known?.specHash === specHash) return known.paths;
    const accepted = this.#asStored.get(key);
    const ignored = accepted?.specHash === specHash ? accepted.paths : [];
    const paths = [...strategyOf(vm), ...differences(vm, wanted)].filter((path) => !ignored.includes(path));
    this.#compared.set(vm, { specHash, paths });
    return paths;
  }
}

/** One with which KubeVirt runs it for now, but not again whatever happens. */
function strategyOf({ spec: { runStrategy } }: VirtualMachine): string[] {
  return runStrategy === 'Always' || runStrategy === 'Halted' ? [] : ['spec.runStrategy'];
}

function differences({ template }: VirtualMachine, wanted: RenderedVm): string[] {
  const stored = Labelled.parse(JSON.parse(template));
  // Of a VM that was taken over, the next boot says whose it is.
  const instanceUid = stored.metadata?.labels?.[INSTANCE_UID_LABEL] ?? '';
  const rendered = renderTemplate({ vm: wanted, instanceUid });
  return rendered.kind === 'Rendered' ? missingFrom(rendered.template, stored, 'spec.template') : [];
}
