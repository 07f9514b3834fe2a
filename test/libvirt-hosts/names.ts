/**
 * Names of what a set of hosts needs outside of its folder. Each carries the id of the process that keeps it (keeper.ts):
 * once that process is gone, whatever bears its id is a left-over.
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Network namespace of the n-th host. */
export function namespaceName(keeper: number, index: number): string {
  return `medevac-${keeper}-${index}`;
}

/** At most 15 characters are allowed for links, and process ids have up to seven. */
export function bridgeName(keeper: number): string {
  return `mv${keeper}`;
}

/** The outer end of a host's cable, a port of the bridge. */
export function portName(keeper: number, index: number): string {
  return `mv${keeper}p${index}`;
}

export function folderName(keeper: number): string {
  return join(tmpdir(), `medevac-libvirt-hosts-${keeper}`);
}

/** The keeper that such a name carries; undefined: it is none of ours. */
export function keeperOf(name: string): number | undefined {
  const [, id] = /^(?:medevac-|mv|medevac-libvirt-hosts-)(\d+)(?:-\d+|p\d+)?$/.exec(name) ?? [];
  return id === undefined ? undefined : Number(id);
}
