import { GROUP } from '../api/names.ts';

/** What a refusal speaks of. */
export interface GateSubject {
  readonly namespace: string;
  readonly instanceName: string;
  readonly driver: string;
  /** Who asked for the migration. Default: a LiveMigration. */
  readonly asker?: 'LiveMigration' | 'KubeVirt' | 'Drain';
}

/** A migration that stands in the way of another request. */
export interface OtherMigration {
  /** Kind of its object. Default: LiveMigration. */
  readonly kind?: string;
  readonly name: string;
  readonly phase: string;
}

/** Openings that the texts share. */
export function blamed({ namespace, instanceName, asker }: GateSubject): {
  instance: string;
  lead: string;
  group: string;
} {
  const instance = `Instance ${namespace}/${instanceName}`;
  return { instance, lead: leadOf(instance, asker), group: GROUP };
}

function leadOf(instance: string, asker: GateSubject['asker']): string {
  if (asker === 'KubeVirt') return `KubeVirt's own migration of ${instance} is refused:`;
  return asker === 'Drain' ? `The drain can't move ${instance}:` : `Cannot live-migrate ${instance}:`;
}

/** What is to be done when the obstacle is gone: a drain asks again by itself. */
export function afterwards({ asker }: GateSubject): string {
  return asker === 'Drain' ? 'and the drain goes on' : 'then create the LiveMigration again';
}

export function nameOf({ kind = 'LiveMigration', name }: OtherMigration): string {
  return `${kind} ${name}`;
}

/** How a user ends a migration; one that is not ours knows no abort but its deletion. */
export function wayOut({ kind = 'LiveMigration' }: OtherMigration): string {
  return kind === 'LiveMigration' ? 'abort it' : 'delete it';
}

export function quotedNames(nodes: readonly { name: string; lacks: readonly string[] }[]): string {
  if (nodes.length === 0) return 'there is no other node';
  return nodes.map(({ name, lacks }) => `node "${name}" (${lacks.join(', ')})`).join(', ');
}
