import { canonicalJson } from '../../domain/fingerprint.ts';
import type { RenderedVm } from '../../domain/vm.ts';
import type { VmKey } from '../driver.ts';
import type { VmRecord } from './metadata.ts';
import { differences, parseDomain, type Domain } from './parse.ts';
import { renderDomain } from './render.ts';
import type { LibvirtSettings } from './settings.ts';
import type { VmView } from './view.ts';

/** What others have changed in the domains that we have stored: compared once for each version of a domain. */
export class Drift {
  readonly #settings: LibvirtSettings;
  readonly #compared = new WeakMap<
    Domain,
    { readonly specHash: string; readonly paths: readonly string[] }
  >();

  constructor(settings: LibvirtSettings) {
    this.#settings = settings;
  }

  /** Paths of the hardware that is not as `wanted` says, though the domain is stored as being that. */
  of(key: VmKey, { home }: VmView, wanted: RenderedVm): readonly string[] {
    const stored = home?.stored;
    const { specHash } = wanted.boot;
    if (stored?.vm?.boot.specHash !== specHash) return [];
    const known = this.#compared.get(stored);
    if (known?.specHash === specHash) return known.paths;
    const order = { key, instanceUid: '', vm: wanted, power: 'On', deletionPolicy: 'Delete' } as const;
    const rendered = renderDomain(order, { uid: '', bootId: '' }, this.#settings);
    const paths = rendered.kind === 'Rendered' ? differences(parseDomain(rendered.xml), stored) : [];
    this.#compared.set(stored, { specHash, paths });
    return paths;
  }

  /** Whether what was rendered is stored already. */
  isSame({ xml, record }: { readonly xml: string; readonly record: VmRecord }, stored: Domain): boolean {
    return (
      canonicalJson(record) === canonicalJson(stored.vm) && differences(parseDomain(xml), stored).length === 0
    );
  }
}
