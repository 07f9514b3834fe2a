import type { VmKey } from '../driver.ts';

/** A namespace has no dot, so the first one ends it. Both are RFC 1123 labels. */
const FORM = /^([a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)\.([a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)$/;

/**
 * Name of the domain of a VM: `NAMESPACE.NAME`. It is unique, can be read back, and is safe as an argument: it never
 * begins with a dash, has no space, and is neither a domain's number nor a UUID, which virsh would take it for.
 * @throws where they are no labels, which the API server does not let pass.
 */
export function domainName({ namespace, name }: VmKey): string {
  const text = `${namespace}.${name}`;
  if (!FORM.test(text)) throw new Error(`"${namespace}/${name}" is no name of a VM`);
  return text;
}

/** The VM of a domain; `undefined`: its name is none of ours, and it is left alone. */
export function keyOfDomain(domain: string): VmKey | undefined {
  const [, namespace, name] = FORM.exec(domain) ?? [];
  return namespace === undefined || name === undefined ? undefined : { namespace, name };
}

/** For messages. */
export function pathOf({ namespace, name }: VmKey): string {
  return `${namespace}/${name}`;
}
