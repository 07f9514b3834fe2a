import { describe, expect, it } from '@jest/globals';
import { Drift } from '../../../../src/drivers/libvirt/drift.ts';
import { parseDomain } from '../../../../src/drivers/libvirt/parse.ts';
import { renderDomain } from '../../../../src/drivers/libvirt/render.ts';
import { anOrder, KEPT, someSettings, xmlOf } from './orders.ts';
import { aView, runsOn } from './views.ts';

const order = anOrder();

/** What is found to be different of a VM that runs as it is stored, and whether an order would leave that as it is. */
function seen(xml: string): { drift: readonly string[]; isSame: boolean } {
  const drift = new Drift(someSettings());
  const stored = parseDomain(xml);
  const view = aView(runsOn('node-a', {}, { running: stored, stored }));
  const rendered = renderDomain(order, KEPT, someSettings());
  if (rendered.kind !== 'Rendered') throw new Error(rendered.message);
  return { drift: drift.of(order.key, view, order.vm), isSame: drift.isSame(rendered, stored) };
}

describe('a VM that is stored', () => {
  it('as it was rendered is as it should be', () => {
    expect(seen(xmlOf(order))).toEqual({ drift: [], isSame: true });
  });

  it('with something else in it is told by that, and put right by the next order', () => {
    const xml = xmlOf(order).replace('<vcpu>1</vcpu>', '<vcpu>4</vcpu>');
    expect(seen(xml)).toEqual({ drift: ['cpu.cores'], isSame: false });
  });

  it('by a version that knew no panic device is as it should be: it gets one with the next boot that is ordered', () => {
    const xml = xmlOf(order)
      .replace(/ *<panic [^]*<\/panic>\n/, '')
      .replace('<on_crash>preserve<', '<on_crash>destroy<');
    expect(xml).not.toMatch(/panic|preserve/);
    expect(seen(xml)).toEqual({ drift: [], isSame: true });
  });
});
