import * as z from 'zod';
import type { Condition } from '../../../src/api/conditions.ts';
import type { Instance } from '../../../src/api/instance.ts';
import type { LiveMigration } from '../../../src/api/live-migration.ts';
import { MIGRATION_UID_LABEL } from '../../../src/api/names.ts';
import { isFinal } from '../../../src/domain/live-migration/decide.ts';
import type { AuditEvent } from '../../control-plane/audit-log.ts';
import type { Migration } from '../../kubevirt-simulator/objects/kinds.ts';
import { isMigrationFinal } from '../../kubevirt-simulator/objects/instance.ts';

/** From when to when a migration held an Instance, as a watch has shown it; milliseconds since the epoch. */
export interface Hold {
  readonly name: string;
  readonly uid: string;
  readonly from: number;
  readonly state: string;
  until?: number;
}

/** What must hold at every moment, whatever else happens: is told of each watch event and keeps what was wrong. */
export class Safety {
  readonly violations: string[] = [];
  /** All locks that migrations have held. */
  readonly holds: Hold[] = [];
  readonly #instances = new Map<string, Instance>();
  readonly #phases = new Map<string, string>();
  readonly #running = new Map<string, Map<string, string>>();
  /** Instances whose guest somebody else has ended, by name, with the moment. */
  readonly #disturbed = new Map<string, number>();

  /** Somebody ends the guest behind the operator's back: from now on it may be in any state until the lock is given back. */
  disturb(name: string, at: number): void {
    this.#disturbed.set(name, at);
  }

  instance(instance: Instance, at: number): void {
    const { name, uid } = instance.metadata;
    const known = this.#instances.get(name);
    const before = known?.metadata.uid === uid ? known : undefined;
    this.#instances.set(name, instance);
    this.#follow(instance, at);
    this.#checkStatus(instance, before);
    this.#checkHeld(instance);
  }

  migration({ metadata: { name, uid }, status }: LiveMigration): void {
    const before = this.#phases.get(uid);
    const phase = status?.phase;
    if (before !== undefined && before !== phase) {
      this.#violated(`LiveMigration ${name} was ${before} and is ${phase ?? 'nothing'} now`);
    }
    if (phase !== undefined && isFinal(phase)) this.#phases.set(uid, phase);
  }

  /** One of KubeVirt's migrations; `gone`: it was deleted. */
  driverMigration(migration: Migration, gone: boolean): void {
    const { name, labels } = migration.metadata;
    if (labels?.[MIGRATION_UID_LABEL] === undefined) return;
    const instance = migration.spec.vmiName ?? '';
    const running = this.#running.get(instance) ?? new Map<string, string>();
    this.#running.set(instance, running);
    if (gone || isMigrationFinal(migration)) running.delete(name);
    else running.set(name, migration.status?.phase ?? '');
    if (running.size > 1) {
      this.#violated(`${instance} has ${running.size} migrations of ours: ${[...running.keys()].join(', ')}`);
    }
  }

  #follow({ metadata: { name }, status }: Instance, at: number): void {
    const current = this.#holdOf(name);
    const uid = migrationOf(status);
    if (current?.uid === uid) return;
    if (current !== undefined) current.until = at;
    if (uid !== undefined) this.holds.push({ name, uid, from: at, state: status?.state ?? '' });
  }

  #holdOf(name: string): Hold | undefined {
    return this.holds.findLast((hold) => hold.name === name && hold.until === undefined);
  }

  #checkStatus({ metadata, status }: Instance, before: Instance | undefined): void {
    const { name, generation } = metadata;
    const seen = seenGeneration(status);
    for (const contradiction of contradictions(status?.conditions ?? [])) {
      this.#violated(`${name} ${contradiction}`);
    }
    if (seen < seenGeneration(before?.status)) {
      this.#violated(`${name} has seen an older spec than before`);
    }
    if (seen > generation) this.#violated(`${name} has seen a spec that is not there yet`);
  }

  /** A rescued Instance that migrates is never seen in another state, and neither is a running one. */
  #checkHeld({ metadata: { name }, status }: Instance): void {
    const hold = this.#holdOf(name);
    if (hold === undefined || status?.state === hold.state || this.#isDisturbed(hold)) return;
    this.#violated(`${name} was ${hold.state} and is ${status?.state ?? 'nothing'} while it is migrated`);
  }

  /** The end of a guest shows up to a while after it was brought about. */
  #isDisturbed({ name, from }: Hold): boolean {
    return (this.#disturbed.get(name) ?? -Infinity) > from - 30_000;
  }

  #violated(what: string): void {
    if (!this.violations.includes(what)) this.violations.push(what);
  }
}

function seenGeneration(status: Instance['status']): number {
  return status?.observedGeneration ?? -1;
}

function migrationOf(status: Instance['status']): string | undefined {
  return status?.operation?.type === 'Migrate' ? status.operation.uid : undefined;
}

function contradictions(conditions: readonly Condition[]): string[] {
  const types = conditions.filter(({ status }) => status === 'True').map(({ type }) => type);
  const isTrue = (type: string) => types.includes(type);
  return [
    new Set(conditions.map(({ type }) => type)).size < conditions.length && 'has a condition twice',
    isTrue('Reconciling') && isTrue('Stalled') && 'is Reconciling and Stalled',
    isTrue('Ready') && isTrue('Stalled') && 'is Ready and Stalled',
    isTrue('Ready') && isTrue('Reconciling') && 'is Ready and Reconciling',
  ].filter((what) => what !== false);
}

/**
 * Orders to KubeVirt that restart, stop or render a VM anew while a migration holds its Instance. Both are in the audit log,
 * where no watch that lags comes between them.
 */
export function ordersUnderLock(log: readonly AuditEvent[], user: string): string[] {
  const own = log.filter((event) => event.user.username === user && (event.responseStatus?.code ?? 0) < 400);
  const orders = own.filter(
    (event) =>
      event.objectRef?.resource === 'virtualmachines' &&
      ['update', 'patch', 'create'].includes(event.verb) &&
      !isClaim(event),
  );
  return orders
    .filter((order) => isHeld(own, order))
    .map(({ verb, objectRef, requestReceivedTimestamp }) =>
      [verb, objectRef?.name ?? '', objectRef?.subresource ?? '', requestReceivedTimestamp].join(' '),
    );
}

/** Whose a VM is is written past what it boots, and needs no lock; what it boots is applied, by force. */
function isClaim({ verb, requestURI }: AuditEvent): boolean {
  return verb === 'patch' && !new URL(requestURI, 'http://x').searchParams.has('force');
}

/** Whether the last status that was stored before an order was sent has the Instance migrated. */
function isHeld(
  own: readonly AuditEvent[],
  { objectRef, requestReceivedTimestamp: sent }: AuditEvent,
): boolean {
  const last = own.findLast(
    ({ objectRef: about, stageTimestamp: stored }) =>
      about?.resource === 'instances' &&
      about.subresource === 'status' &&
      about.name === objectRef?.name &&
      stored < sent,
  );
  const { data: written } = WrittenStatus.safeParse(last?.requestObject);
  return written?.status.operation?.type === 'Migrate';
}

const WrittenStatus = z.object({
  status: z.object({ operation: z.object({ type: z.string() }).optional() }),
});
