import XMLBuilder from 'fast-xml-builder';
import { XMLParser } from 'fast-xml-parser';

/** Prefix of attributes; text beside attributes is `#text`. */
const OPTIONS = { ignoreAttributes: false, attributeNamePrefix: '@' } as const;

/** Elements that may be there more than once: a list, also where there is one. */
const LISTS: ReadonlySet<string> = new Set([
  'domain.devices.disk',
  'domain.devices.interface',
  'domain.metadata.medevac:vm.medevac:network',
  'domain.metadata.medevac:vm.medevac:disk',
  'domain.sysinfo.system.entry',
]);

const builder = new XMLBuilder({ ...OPTIONS, format: true, indentBy: '  ', suppressEmptyNode: true });
// Values stay texts: a serial that looks like a number is none. Entities of a document type are not read.
const parser = new XMLParser({
  ...OPTIONS,
  parseTagValue: false,
  parseAttributeValue: false,
  isArray: (_name, path) => typeof path === 'string' && LISTS.has(path),
});

/** An element: attributes begin with `@`, a list is repeated; what is `undefined` is left out. */
export interface Element {
  readonly [name: string]: string | number | Element | readonly Element[] | undefined;
}

/** What XML 1.0 has no way to say: libvirt would refuse the whole of a document with it. */
// eslint-disable-next-line no-control-regex -- these are what is looked for
const UNSPEAKABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

/** Characters that XML does not have, as in what a program says in colours, become U+FFFD. */
export function buildXml(element: Element): string {
  return builder.build(element).toWellFormed().replaceAll(UNSPEAKABLE, '\ufffd');
}

export function parseXml(text: string): unknown {
  return parser.parse(text);
}
