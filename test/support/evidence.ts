import { createHash } from 'node:crypto';
import * as z from 'zod';
import { canonicalJson } from '../../src/domain/fingerprint.ts';
import type { ObjectKey, Resource } from '../../src/kube/resource.ts';
import { objectPath } from '../../src/kube/resource.ts';
import type { Transport } from '../../src/kube/transport.ts';
import type { AuditEvent } from '../control-plane/audit-log.ts';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { waitFor } from './wait.ts';

const KUBEVIRT = { group: 'kubevirt.io', version: 'v1', namespaced: true } as const;
const VMS: Resource = { ...KUBEVIRT, plural: 'virtualmachines', kind: 'VirtualMachine' };
const VMIS: Resource = { ...KUBEVIRT, plural: 'virtualmachineinstances', kind: 'VirtualMachineInstance' };

const Vm = z.object({ spec: z.object({ template: z.unknown() }) });
const Vmi = z.object({
  metadata: z.object({ uid: z.string() }),
  spec: z.looseObject({
    domain: z.looseObject({
      devices: z.object({
        disks: z.array(z.object({ name: z.string(), bootOrder: z.number().optional() })).default([]),
      }),
    }),
  }),
});

/** What the API says of the running VM; nothing of it comes from our own render function. */
export interface VmEvidence {
  readonly vmUid: string;
  /** Names in the guest's order, the one that is booted first marked with `*`. */
  readonly disks: readonly string[];
  /** SHA-256 of the VM's template and of the spec that runs. */
  readonly specHash: string;
}

/** Reads the VirtualMachine and the VirtualMachineInstance of an Instance. */
export async function readVm(transport: Transport, key: ObjectKey): Promise<VmEvidence> {
  const read = (resource: Resource) => transport.request({ method: 'GET', path: objectPath(resource, key) });
  const vm = Vm.parse(await read(VMS));
  const vmi = Vmi.parse(await read(VMIS));
  return {
    vmUid: vmi.metadata.uid,
    disks: vmi.spec.domain.devices.disks.map(({ name, bootOrder }) => (bootOrder === 1 ? `${name}*` : name)),
    specHash: createHash('sha256')
      .update(canonicalJson([vm.spec.template, vmi.spec]))
      .digest('hex'),
  };
}

/** Requests for the record: neither watching, nor leading, nor telling people. */
const APART: ReadonlySet<string> = new Set([
  'leases',
  'events',
  'secrets',
  'validatingwebhookconfigurations',
  'mutatingwebhookconfigurations',
]);

/** Requests that a user made in a span of time, without watches and lists, leases, Events and the own certificate. */
export function requestsOf(
  log: readonly AuditEvent[],
  { user, since, until }: { user: string; since: number; until: number },
): AuditEvent[] {
  return log.filter(({ user: { username }, verb, objectRef, requestReceivedTimestamp }) => {
    const at = Date.parse(requestReceivedTimestamp);
    return (
      username === user &&
      at >= since &&
      at <= until &&
      verb !== 'watch' &&
      verb !== 'list' &&
      !APART.has(objectRef?.resource ?? '')
    );
  });
}

/**
 * The same up to now, as soon as there are so many: what a request has changed is seen by watches at the same moment, and
 * the request may be in the log a moment later.
 */
export function loggedRequests(
  controlPlane: Pick<ControlPlane, 'auditLog'>,
  { count, ...whose }: { user: string; since: number; count: number },
): Promise<AuditEvent[]> {
  return waitFor(`${count} requests are in the log`, async () => {
    const requests = requestsOf(await controlPlane.auditLog(), { ...whose, until: Date.now() });
    return requests.length >= count && requests;
  });
}

/** The last request of a user that was refused, as the API server answered it. */
export function lastRefusal(
  log: readonly AuditEvent[],
  user: string,
): { code: number; reason: string; message: string } | undefined {
  const refusal = log.findLast(
    ({ user: { username }, responseStatus, verb }) =>
      username === user && (responseStatus?.code ?? 0) >= 400 && ['create', 'update', 'patch'].includes(verb),
  )?.responseStatus;
  return refusal && { code: refusal.code ?? 0, reason: refusal.reason ?? '', message: refusal.message ?? '' };
}
