import { Conditions, type Condition } from '../api/conditions.ts';
import { conditionsFrom, type Statement } from './conditions.ts';
import type { Announcement } from './instance/announcements.ts';
import type { InstanceReasons } from './instance/reasons.ts';

/** An object of ours that is there, and of which a field is not what it may be. */
export interface UnreadableObject {
  readonly kind: 'Instance' | 'LiveMigration';
  readonly namespace: string;
  readonly name: string;
  readonly generation: number;
  /** The path of the field and what is wrong with it: `spec.disks[0].name: Invalid input`. */
  readonly issue: string;
  /** As the API server has it. */
  readonly status: unknown;
}

/** What is to be written of it, and told once. */
export interface UnreadableReport {
  readonly status: Readonly<Record<string, unknown>>;
  readonly announcement: Announcement | undefined;
}

const REASON = 'InvalidSpec' satisfies InstanceReasons['Stalled'];

const REMEDIES: Readonly<Record<UnreadableObject['kind'], string>> = {
  Instance: 'Correct that field.',
  LiveMigration: 'The spec of a LiveMigration never changes: delete it, and create another.',
};

/**
 * An object that can't be read waits for the user. All that its status says of the VM stays, whoever wrote it: it is
 * needed as soon as the object is mended. `now` is RFC 3339.
 */
export function reportUnreadable(object: UnreadableObject, now: string): UnreadableReport {
  const before = isRecord(object.status) ? object.status : {};
  const said = Conditions.safeParse(before['conditions']).data ?? [];
  const message = messageOf(object);
  const statements = statementsOf(message);
  const conditions = [
    ...said.filter(({ type }) => !statements.some((statement) => statement.type === type)),
    ...conditionsFrom(statements, said, object.generation, now),
  ];
  return {
    status: { ...before, observedGeneration: object.generation, conditions },
    announcement: isSaid(said, message)
      ? undefined
      : { type: 'Warning', reason: REASON, action: 'Observe', note: message },
  };
}

function messageOf({ kind, namespace, name, issue }: UnreadableObject): string {
  return `${kind} ${namespace}/${name} can't be read: ${issue}. ${REMEDIES[kind]}`;
}

function statementsOf(message: string): Statement[] {
  const because = { reason: REASON, message };
  return [
    { type: 'Reconciling', status: 'False', ...because },
    { type: 'Stalled', status: 'True', ...because },
    { type: 'Ready', status: 'False', ...because },
  ];
}

function isSaid(conditions: readonly Condition[], message: string): boolean {
  return conditions.some((said) => said.type === 'Stalled' && said.message === message);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
