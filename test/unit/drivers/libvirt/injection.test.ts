import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { RenderedVm } from '../../../../src/domain/vm.ts';
import type { VmOrder } from '../../../../src/drivers/driver.ts';
import {
  migrateDomain,
  refreshPool,
  writeMigration,
  writeVm,
} from '../../../../src/drivers/libvirt/commands.ts';
import { keyOfDomain } from '../../../../src/drivers/libvirt/names.ts';
import { renderDomain } from '../../../../src/drivers/libvirt/render.ts';
import { addressOf, LibvirtSettings } from '../../../../src/drivers/libvirt/settings.ts';
import { parseXml } from '../../../../src/drivers/libvirt/xml.ts';
import { anOrder, KEPT, someSettings } from './orders.ts';
import { aDomain, MOVE } from './views.ts';

/* The API lets few of these texts pass; the driver must not depend on that. */

/** What XML, virsh or a shell could take for something of their own, and any other text. */
const text = fc.oneof(
  fc.constantFrom(
    '--help',
    '-c',
    `"/><disk type='file'><source file='/etc/shadow'/></disk>`,
    `'/><x y='`,
    ']]>',
    '<!--',
    '-->',
    '<![CDATA[',
    '&lt;',
    '&#x27;',
    '&undefined;',
    '$(reboot)',
    '; reboot',
    'a\n--live',
    '{node}',
    '\u0000',
    '\u001b[31m',
    '\uD800',
    '\uFFFE',
  ),
  fc.string({ unit: 'binary' }),
);

/** Not of XML 1.0, in which case libvirt refuses the whole document. */
// eslint-disable-next-line no-control-regex -- these are what is looked for
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u;

type Key = string | number;

/** The same order with its texts replaced, by their paths; numbers and what the driver decides by stay. */
function withTexts(order: VmOrder, next: () => string): VmOrder {
  const replace = (value: unknown, path: readonly Key[]): unknown => {
    if (typeof value === 'string') return isFixed(path) ? value : next();
    if (Array.isArray(value)) return value.map((item, at) => replace(item, [...path, at]));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, replace(item, [...path, key])]),
    );
  };
  return { ...order, instanceUid: next(), vm: replace(order.vm, []) as RenderedVm };
}

/** Enumerations, an amount that is calculated with, the pool that must be open, and names that are keys. */
function isFixed(path: readonly Key[]): boolean {
  const last = path.at(-1) ?? '';
  return ['kind', 'mode', 'firmware', 'device', 'bus', 'memory', 'pool'].includes(String(last));
}

/** Elements and attributes, without their values. */
function skeleton(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(skeleton);
  if (typeof value !== 'object' || value === null) return '';
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== '#text')
      .map(([name, item]) => [name, skeleton(item)]),
  );
}

function render(order: VmOrder): string {
  const rendered = renderDomain(order, KEPT, someSettings());
  if (rendered.kind !== 'Rendered') throw new Error(rendered.message);
  return rendered.xml;
}

const order = anOrder({}, {});

describe('no text of an order', () => {
  it('adds an element or an attribute to the domain, or makes it one that libvirt can not read', () => {
    const want = skeleton(parseXml(render(order)));
    fc.assert(
      fc.property(fc.array(text, { minLength: 40, maxLength: 40 }), (texts) => {
        let at = 0;
        const xml = render(withTexts(order, () => texts[(at += 1) % texts.length] ?? ''));
        expect(xml).not.toMatch(NOT_XML);
        expect(xml).not.toMatch(/<!|<\?/);
        expect(skeleton(parseXml(xml))).toEqual(want);
      }),
    );
  });

  it('becomes an option of virsh, or a part of what is written on a domain', () => {
    const { vm } = aDomain();
    if (vm === undefined) throw new Error('it is ours');
    const argsOf = (one: string, other: string) => [
      writeVm('a.b', { ...vm, uid: one, boot: bootOf(one, other), disks: [{ name: one, serial: other }] }),
      writeMigration('a.b', { ...MOVE, uid: one, destination: other, end: anEnd(one) }, '--live'),
    ];
    const want = argsOf('a', 'b').map(shapeOf);
    fc.assert(
      fc.property(text, text, (one, other) => {
        const all = argsOf(one, other);
        expect(all.map(shapeOf)).toEqual(want);
        expect(all.map(xmlIn).join('')).not.toMatch(NOT_XML);
      }),
    );
  });

  it('is an argument but as the name of a pool, which nothing takes for an option', () => {
    fc.assert(
      fc.property(text, (pool) => {
        expect(refreshPool(pool)).toEqual(['pool-refresh', '--', pool]);
      }),
    );
  });
});

function anEnd(words: string) {
  return { outcome: 'Failed', at: '2026-11-23T10:00:09.000Z', words } as const;
}

function bootOf(session: string, specHash: string) {
  return { mode: 'Rescue', session, specHash } as const;
}

/** The document among arguments that write one. */
function xmlIn(args: readonly string[]): string {
  return args[args.indexOf('--set') + 1] ?? '';
}

/** The arguments, with what the document is made of in its place. */
function shapeOf(args: readonly string[]): unknown[] {
  const xml = xmlIn(args);
  return args.map((arg) => (arg === xml && xml.startsWith('<') ? skeleton(parseXml(xml)) : arg));
}

describe('a name', () => {
  it('of a domain that is taken for ours is safe in a line of virsh', () => {
    fc.assert(
      fc.property(fc.oneof(text, fc.stringMatching(/^[-a-z0-9.;' ]{1,20}$/)), (name) => {
        const isSafe = /^[a-z0-9][-a-z0-9.]+[a-z0-9]$/.test(name);
        expect(isSafe || keyOfDomain(name) === undefined).toBe(true);
      }),
    );
  });

  it('of a node leads to no other place of a URI than the one that it has in the template', () => {
    const template = { uri: 'qemu+tls://{node}.example/system', transferUri: 'tcp://{node}' };
    const settings = LibvirtSettings.parse({ template });
    fc.assert(
      fc.property(fc.oneof(text, fc.stringMatching(/^[-a-z0-9./?@:]{1,20}$/)), (node) => {
        const destination = addressOf(node, settings);
        if (destination === undefined) return;
        const { hostname, pathname, search, username, port } = new URL(
          destination.uri.replace('qemu+tls:', 'https:'),
        );
        expect({ hostname, pathname, search, username, port }).toEqual({
          hostname: new URL(`https://${node}.example`).hostname,
          pathname: '/system',
          search: '',
          username: '',
          port: '',
        });
        const transfer = { domain: 'a.b', destination, policy: undefined } as const;
        const args = migrateDomain({ ...transfer, sharedDisks: 'FindOut', encryption: 'Tls' });
        expect(args.slice(-4)).toEqual(['--migrateuri', `tcp://${node}`, 'a.b', destination.peerUri]);
      }),
    );
  });
});
