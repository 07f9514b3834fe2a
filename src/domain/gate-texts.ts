import { GROUP } from '../api/names.ts';

/** What a refusal speaks of. */
export interface GateSubject {
  readonly namespace: string;
  readonly instanceName: string;
  readonly driver: string;
}

/** Openings that the texts share. */
export function blamed({ namespace, instanceName }: GateSubject): {
  instance: string;
  lead: string;
  group: string;
} {
  const instance = `Instance ${namespace}/${instanceName}`;
  return { instance, lead: `Cannot live-migrate ${instance}:`, group: GROUP };
}

export function quotedNames(nodes: readonly { name: string; lacks: readonly string[] }[]): string {
  if (nodes.length === 0) return 'there is no other node';
  return nodes.map(({ name, lacks }) => `node "${name}" (${lacks.join(', ')})`).join(', ');
}
