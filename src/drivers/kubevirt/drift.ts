import * as z from 'zod';
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

/** What was compared, as far as it may change. */
interface Compared extends Comparison, Pick<VirtualMachine, 'template'> {
  readonly runStrategy: string | undefined;
}

const Labelled = z.looseObject({
  metadata: z.looseObject({ labels: z.record(z.string(), z.string()).optional() }).optional(),
});

/**
 * What others have changed in the templates that we have stored. A comparison is made once for each template that somebody
 * asks about, and not at all where another boot is wanted anyway: of a VM, KubeVirt writes the status again and again.
 */
export class Drift {
  /** By VM. */
  readonly #compared = new Map<string, Compared>();
  /** By VM: what was different right after we had stored it, and so is KubeVirt's, or somebody's webhook's, own doing. */
  readonly #asStored = new Map<string, Comparison>();

  /** Takes the VM as the API server has answered our own write of `wanted`. */
  learn(key: string, vm: VirtualMachine, wanted: RenderedVm): void {
    const paths = differences(vm, wanted);
    this.forget(key);
    if (paths.length > 0) this.#asStored.set(key, { specHash: wanted.boot.specHash, paths });
  }

  forget(key: string): void {
    this.#asStored.delete(key);
    this.#compared.delete(key);
  }

  /** Paths of the fields that are not as `wanted` says, though the VM is stored as being that. */
  of(key: string, vm: VirtualMachine, wanted: RenderedVm): readonly string[] {
    const { specHash } = wanted.boot;
    if (bootOf(vm.spec.template.metadata?.annotations).specHash !== specHash) return [];
    const { template } = vm;
    const { runStrategy } = vm.spec;
    const known = this.#compared.get(key);
    const isKnown = known?.template === template && known.runStrategy === runStrategy;
    if (isKnown && known.specHash === specHash) return known.paths;
    const accepted = this.#asStored.get(key);
    const ignored = accepted?.specHash === specHash ? accepted.paths : [];
    const paths = [...strategyOf(vm), ...differences(vm, wanted)].filter((path) => !ignored.includes(path));
    this.#compared.set(key, { specHash, template, runStrategy, paths });
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
