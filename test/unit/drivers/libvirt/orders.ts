import type * as z from 'zod';
import { Rescue } from '../../../../src/api/rescue.ts';
import { renderVm } from '../../../../src/domain/vm.ts';
import type { VmOrder } from '../../../../src/drivers/driver.ts';
import { parseDomain, type Domain } from '../../../../src/drivers/libvirt/parse.ts';
import { renderDomain, type Kept } from '../../../../src/drivers/libvirt/render.ts';
import { LibvirtSettings } from '../../../../src/drivers/libvirt/settings.ts';
import { aDisk } from '../../../builders/instance.ts';
import { anIdentity, aSpec, aVmOrder, type SpecFields } from '../../../builders/vm.ts';

type Settings = z.input<typeof LibvirtSettings>;

/** Settings that open the pool `fast` to the namespace of the builders. */
export function someSettings(fields: Settings = {}): LibvirtSettings {
  return LibvirtSettings.parse({ pools: { fast: { namespaces: ['default'] } }, ...fields });
}

export function aVolume(name: string, fields: Partial<Parameters<typeof aDisk>[0]> = {}) {
  return aDisk({ name, source: { volume: { pool: 'fast', name: `web-1-${name}` } }, ...fields });
}

export function aLibvirtSpec(fields: SpecFields = {}) {
  return aSpec({ disks: [aVolume('root'), aVolume('data')], ...fields });
}

/** An order for a VM with two disks; with `rescue` it is to be booted from a third one. */
export function anOrder(
  fields: SpecFields = {},
  rescue?: Partial<z.input<typeof Rescue>>,
  order: Partial<VmOrder> = {},
): VmOrder {
  const spec = aLibvirtSpec(fields);
  const source = { volume: { pool: 'fast', name: 'rescue' } };
  const wanted = rescue && Rescue.parse({ source, ...rescue });
  return aVmOrder('web-1', { vm: renderVm(spec, anIdentity(spec), wanted), ...order });
}

export const KEPT: Kept = { uid: 'vm-1', bootId: 'boot-1' };

export function xmlOf(order: VmOrder, kept: Kept = KEPT, settings = someSettings()): string {
  const rendered = renderDomain(order, kept, settings);
  if (rendered.kind !== 'Rendered') throw new Error(rendered.message);
  return rendered.xml;
}

export function domainOf(order: VmOrder, kept: Kept = KEPT, settings = someSettings()): Domain {
  return parseDomain(xmlOf(order, kept, settings));
}
