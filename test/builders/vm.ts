import { InstanceSpec, type DeletionPolicy, type ResolvedIdentity } from '../../src/api/instance.ts';
import { resolveIdentity } from '../../src/domain/identity.ts';
import type { ObservedVm, Ownership, RunningVm, UnfinishedMigration } from '../../src/domain/observed.ts';
import { renderVm, type RenderedVm } from '../../src/domain/vm.ts';
import type { VmOrder } from '../../src/drivers/driver.ts';
import { anInstance, aRescue, type InstanceOptions } from './instance.ts';

/** uid of the Instance that the builders speak of. */
export const INSTANCE_UID = '1b7d2f3e-9c44-4f0e-8a53-0c6f3a1e2d10';

export type SpecFields = InstanceOptions['spec'];

/** The spec as it is read from the API server: with its defaults. */
export function aSpec(fields: SpecFields = {}): InstanceSpec {
  return InstanceSpec.parse(anInstance({ spec: fields }).spec);
}

/** The spec of an Instance that asks for its rescue. */
export function aRescueSpec(rescue: Parameters<typeof aRescue>[0] = {}): InstanceSpec {
  return aSpec({ rescue: aRescue(rescue) });
}

export function anIdentity(spec: InstanceSpec = aSpec(), uid: string = INSTANCE_UID): ResolvedIdentity {
  return resolveIdentity({ uid, spec, frozen: undefined, ofVm: undefined });
}

/** The VM that a spec asks for now. */
export function aRenderedVm(spec: InstanceSpec = aSpec(), uid: string = INSTANCE_UID): RenderedVm {
  return renderVm(spec, anIdentity(spec, uid), spec.rescue);
}

export interface ObservedVmOptions {
  /** What is stored and, unless said otherwise, booted. Default: the small VM, booted normally. */
  readonly spec?: InstanceSpec;
  readonly power?: ObservedVm['stored']['power'];
  /** Fields of what runs; `undefined`: nothing does. Default: it runs on node-a. */
  readonly running?: Partial<RunningVm> | undefined;
  /** uid of the Instance that it is retained or deleted with; `undefined`: nobody's. Default: that of the builders. */
  readonly instanceUid?: string | undefined;
  readonly deletionPolicy?: DeletionPolicy;
  readonly writes?: readonly string[];
  readonly drift?: readonly string[];
  readonly mayRun?: boolean;
  readonly trouble?: ObservedVm['trouble'];
  readonly migrations?: ObservedVm['migrations'];
}

/** A VM as its driver sees it: running on node-a as its spec says. */
export function anObservedVm(options: ObservedVmOptions = {}): ObservedVm {
  const { spec = aSpec(), power = 'On', trouble, migrations, drift = [], writes = [], mayRun } = options;
  const rendered = aRenderedVm(spec);
  const running = 'running' in options ? options.running : {};
  return {
    uid: 'vm-1',
    ownership: ownershipFrom(options),
    identity: rendered.identity,
    writes,
    stored: { boot: rendered.boot, power, drift },
    running: running && aRunningVm(rendered, running),
    ...(mayRun && { mayRun }),
    trouble,
    ...(migrations && { migrations }),
  };
}

/** uid of a migration that somebody else made. */
export const FOREIGN_UID = '0d2a7a3e-51c5-4a0e-9b1d-3f4f1a6c7b20';

/** A migration by `virtctl migrate` that was just made. */
export function aForeignMigration(fields: Partial<UnfinishedMigration> = {}): UnfinishedMigration {
  return {
    uid: FOREIGN_UID,
    madeFor: 'SomebodyElse',
    kind: 'VirtualMachineInstanceMigration',
    name: 'kubevirt-migrate-vm-x7k2p',
    phase: 'Queued',
    source: undefined,
    destination: undefined,
    createdAt: '2026-11-23T09:59:00Z',
    ...fields,
  };
}

function ownershipFrom({ deletionPolicy = 'Delete', ...options }: ObservedVmOptions): Ownership {
  const uid = 'instanceUid' in options ? options.instanceUid : INSTANCE_UID;
  return uid === undefined ? { kind: 'Nobody' } : { kind: 'Instance', uid, deletionPolicy };
}

function aRunningVm({ boot }: RenderedVm, fields: Partial<RunningVm>): RunningVm {
  return { bootId: 'boot-1', boot, phase: 'Running', node: 'node-a', notMigratable: undefined, ...fields };
}

/** An order to store a VM and to run it. */
export function aVmOrder(name: string, fields: Partial<VmOrder> = {}): VmOrder {
  return {
    key: { namespace: 'default', name },
    instanceUid: INSTANCE_UID,
    vm: aRenderedVm(),
    power: 'On',
    deletionPolicy: 'Delete',
    ...fields,
  };
}
