import type { Migration, VirtualMachineInstance } from './objects/kinds.ts';

/** How long things take, in milliseconds; the defaults are those of the recordings that the simulator is held against. */
export interface Delays {
  /** From the binding of a pod until its containers run. */
  readonly podStartMs: number;
  /** From phase Scheduled until the guest runs. */
  readonly bootMs: number;
  /** From the request to shut down until the guest is off; cut to the grace period. */
  readonly shutdownMs: number;
  /** From the end of the guest until its pod has ended. */
  readonly podExitMs: number;
  /** From the hand-over until the target listens. */
  readonly prepareMs: number;
  /** Between the small steps of a migration. */
  readonly stepMs: number;
  /** Transfer of the guest's memory. */
  readonly migrationMs: number;
}

export const defaultDelays: Delays = {
  podStartMs: 300,
  bootMs: 300,
  shutdownMs: 500,
  podExitMs: 300,
  prepareMs: 300,
  stepMs: 180,
  migrationMs: 1500,
};

/** What shall go wrong with one instance; all of it optional. */
export interface InstanceFailures {
  /** The guest crashes instead of booting. */
  readonly doesNotBoot?: boolean;
  /** The guest does not shut down and is killed: phase Failed instead of Succeeded. */
  readonly killed?: boolean;
  /** Migrations fail while they run, with this as failureReason. */
  readonly migrationFails?: string;
  /** A migration's target pod crashes before (`crash`) or after (`crash-prepared`) the hand-over, or never starts. */
  readonly targetPod?: 'crash' | 'crash-prepared' | 'stuck';
  /** The target virt-handler never gets ready to receive. */
  readonly targetNeverReady?: boolean;
  /** virt-handler can't cancel the migration any more. */
  readonly abortFails?: boolean;
  /** virt-handler calls the instance not migratable, with this message. */
  readonly notMigratable?: string;
  readonly delays?: Partial<Delays>;
}

export interface Failures {
  /** Images that can't be pulled. */
  readonly images?: readonly string[];
  /** Nodes whose virt-handler does nothing. */
  readonly silentHandlers?: readonly string[];
  /** By `namespace/name`. */
  readonly instances?: Readonly<Record<string, InstanceFailures>>;
}

/** Prefix of the annotations that inject failures, on an instance (so on a machine's template) or on a migration. */
const failureAnnotation = 'kubevirt-simulator/';

/** Failures and delays, changeable while the simulator runs. */
export class Faults {
  readonly missingImages: Set<string>;
  readonly silentHandlers: Set<string>;
  readonly delays: Delays;
  readonly #instances: Map<string, InstanceFailures>;

  constructor(failures: Failures = {}, delays: Partial<Delays> = {}) {
    this.missingImages = new Set(failures.images);
    this.silentHandlers = new Set(failures.silentHandlers);
    this.#instances = new Map(Object.entries(failures.instances ?? {}));
    this.delays = { ...defaultDelays, ...delays };
  }

  /** Replaces what shall go wrong with `namespace/name`; `{}` heals it. */
  setInstance(key: string, failures: InstanceFailures): void {
    this.#instances.set(key, failures);
  }

  /** What applies to an instance, and to one of its migrations: the migration's annotations win, then the instance's. */
  of(
    instance: VirtualMachineInstance,
    migration?: Migration,
  ): InstanceFailures & { readonly delays: Delays } {
    const { namespace, name } = instance.metadata;
    const layers = [
      this.#instances.get(`${namespace ?? ''}/${name}`) ?? {},
      fromAnnotations(instance.metadata.annotations),
      fromAnnotations(migration?.metadata.annotations),
    ];
    const delays = Object.assign({}, this.delays, ...layers.map((layer) => layer.delays)) as Delays;
    return { ...(Object.assign({}, ...layers) as InstanceFailures), delays };
  }
}

const secondsOf = {
  'pod-start-seconds': 'podStartMs',
  'boot-seconds': 'bootMs',
  'shutdown-seconds': 'shutdownMs',
  'prepare-seconds': 'prepareMs',
  'step-seconds': 'stepMs',
  'migration-seconds': 'migrationMs',
} as const satisfies Record<string, keyof Delays>;

/** `fail`, `abort: fail`, `target-pod`, `stick-at: prepare`, `boot: fail`, and delays in seconds. */
function fromAnnotations(annotations: Readonly<Record<string, string>> = {}): InstanceFailures {
  const get = (name: string): string | undefined => annotations[failureAnnotation + name];
  const fail = get('fail');
  const targetPod = get('target-pod');
  const delays = Object.entries(secondsOf).flatMap(([name, field]) => {
    const seconds = get(name);
    return seconds === undefined ? [] : [[field, Number(seconds) * 1000] as const];
  });
  return {
    ...(fail !== undefined && { migrationFails: fail }),
    ...(isTargetPodFailure(targetPod) && { targetPod }),
    ...(get('abort') === 'fail' && { abortFails: true }),
    ...(get('stick-at') === 'prepare' && { targetNeverReady: true }),
    ...(get('boot') === 'fail' && { doesNotBoot: true }),
    delays: Object.fromEntries(delays),
  };
}

function isTargetPodFailure(value: string | undefined): value is NonNullable<InstanceFailures['targetPod']> {
  return value === 'crash' || value === 'crash-prepared' || value === 'stuck';
}
