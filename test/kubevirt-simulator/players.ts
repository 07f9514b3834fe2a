import type { Logger } from 'pino';
import { formatKey, keyOf } from '../../src/kube/resource.ts';
import type { Caches } from './engine/caches.ts';
import { DelayedSteps } from './engine/delayed-steps.ts';
import { Performer } from './engine/performer.ts';
import { Reconciler } from './engine/reconciler.ts';
import { keyIn } from './engine/view.ts';
import { Writer } from './engine/writer.ts';
import type { Faults } from './faults.ts';
import { kubeletStep } from './nodes/kubelet.ts';
import { schedulePod } from './nodes/scheduler.ts';
import type { ChooseNode } from './nodes/scheduler.ts';
import type { Pod } from './objects/cluster-kinds.ts';
import type { Kind, VirtualMachineInstance } from './objects/kinds.ts';
import type { Stored } from './objects/stored.ts';
import { annotation, label } from './objects/names.ts';
import type { Transports } from './transports.ts';
import { user } from './users.ts';
import { handlerStep } from './virt-handler/handler.ts';
import { evacuateNode } from './virt-controller/evacuation.ts';
import { reconcileInstance } from './virt-controller/instance/reconcile.ts';
import { reconcileMachine } from './virt-controller/machine/reconcile.ts';
import { newMigrationMemory } from './virt-controller/migration/context.ts';
import { reconcileMigration } from './virt-controller/migration/reconcile.ts';
import { reconcileVolumeSnapshotStatus } from './virt-controller/volume-snapshot-status.ts';

export interface Stage {
  readonly caches: Caches;
  readonly transports: Transports;
  readonly faults: Faults;
  readonly logger: Logger;
  /** What time virt-controller takes it to be. */
  readonly now: () => Date;
}

type Requeue = (kind: Kind, key: string, afterMs: number) => void;

function performerFor(stage: Stage, transport: Writer, requeue: Requeue): Performer {
  return new Performer({ caches: stage.caches, writer: transport, logger: stage.logger, requeue });
}

function key(object: Stored): string {
  return formatKey(keyOf(object));
}

/** virt-controller: its controllers share a user, and each has a queue of its own. */
export class VirtController {
  readonly #reconcilers: ReadonlyMap<string, Reconciler>;
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
    const { caches: view, now } = stage;
    const writer = new Writer(stage.transports.as(user.virtController));
    const performer = performerFor(stage, writer, (kind, name, afterMs) => {
      this.#reconciler(kind).enqueueAfter(name, afterMs);
    });
    const memory = newMigrationMemory();
    const plans = {
      Evacuation: (name: string) => evacuateNode(view, name),
      VirtualMachine: (name: string) => reconcileMachine(view, name, now()),
      VirtualMachineInstance: (name: string) => reconcileInstance(view, name, now()),
      VirtualMachineInstanceMigration: (name: string) =>
        reconcileMigration({ view, memory, now: now() }, name),
      VolumeSnapshotStatus: (name: string) => reconcileVolumeSnapshotStatus(view, name),
    };
    this.#reconcilers = new Map(
      Object.entries(plans).map(([name, plan]) => [
        name,
        new Reconciler({ name, plan, performer, logger: stage.logger }),
      ]),
    );
    this.#listen();
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([...this.#reconcilers.values()].map((reconciler) => reconciler.run(signal)));
  }

  #reconciler(name: string): Reconciler {
    const reconciler = this.#reconcilers.get(name);
    if (reconciler === undefined) {
      throw new Error(`virt-controller has no controller for ${name}`);
    }
    return reconciler;
  }

  #listen(): void {
    const { caches } = this.#stage;
    const machines = this.#reconciler('VirtualMachine');
    const instances = this.#reconciler('VirtualMachineInstance');
    const migrations = this.#reconciler('VirtualMachineInstanceMigration');
    const snapshots = this.#reconciler('VolumeSnapshotStatus');
    const evacuations = this.#reconciler('Evacuation');
    const evacuate = (instance: VirtualMachineInstance | undefined): void => {
      evacuations.enqueue(instance?.status?.nodeName ?? '');
    };
    caches.onChange('Node', ({ object }) => {
      evacuations.enqueue(object.metadata.name);
    });
    caches.onChange('VirtualMachine', ({ object }) => {
      machines.enqueue(key(object));
      snapshots.enqueue(key(object));
    });
    caches.onChange('VirtualMachineInstance', ({ object }) => {
      instances.enqueue(key(object));
      machines.enqueue(key(object));
      evacuate(object);
      for (const migration of caches.migrationsOf(object.metadata.namespace, object.metadata.name)) {
        migrations.enqueue(key(migration));
      }
    });
    caches.onChange('VirtualMachineInstanceMigration', ({ object }) => {
      migrations.enqueue(key(object));
      evacuate(caches.get('VirtualMachineInstance', keyIn(object, object.spec.vmiName)));
    });
    // A claim that an instance waits for is there at last.
    caches.onChange('PersistentVolumeClaim', ({ object }) => {
      for (const instance of caches.list('VirtualMachineInstance')) {
        if (isOn(instance, object)) {
          instances.enqueue(key(instance));
        }
      }
    });
    caches.onChange('Pod', ({ object }) => {
      const { labels, annotations } = object.metadata;
      if (labels?.[label.app] === 'virt-launcher') {
        instances.enqueue(keyIn(object, annotations?.[annotation.domain]));
        if (labels[label.migrationJob] !== undefined) {
          migrations.enqueue(keyIn(object, annotations?.[annotation.migrationJobName]));
        }
      }
    });
  }
}

function isOn({ metadata, spec }: VirtualMachineInstance, claim: Stored): boolean {
  const { namespace, name } = claim.metadata;
  const names = (spec.volumes ?? []).map(
    ({ persistentVolumeClaim, dataVolume }) => persistentVolumeClaim?.claimName ?? dataVolume?.name,
  );
  return metadata.namespace === namespace && names.includes(name);
}

/** kube-scheduler: looks at a pod when it appears or changes, and at all that wait when anything else does. */
export class Scheduler {
  readonly #reconciler: Reconciler;

  constructor(stage: Stage, choose: ChooseNode | undefined) {
    const { caches: view } = stage;
    const writer = new Writer(stage.transports.as(user.scheduler));
    const performer = performerFor(stage, writer, (_kind, name, afterMs) => {
      this.#reconciler.enqueueAfter(name, afterMs);
    });
    const assumed = new Map<string, string>();
    this.#reconciler = new Reconciler({
      name: 'scheduler',
      performer,
      logger: stage.logger,
      workers: 1,
      plan: (name) => schedulePod({ view, assumed, choose, now: new Date() }, name),
    });
    view.onChange('Pod', ({ type, object }) => {
      if (type === 'Deleted') {
        assumed.delete(object.metadata.uid ?? '');
        this.#wakeWaiting(view);
      } else if (isWaiting(object)) {
        this.#reconciler.enqueue(key(object));
      }
    });
    view.onChange('Node', () => {
      this.#wakeWaiting(view);
    });
  }

  run(signal: AbortSignal): Promise<void> {
    return this.#reconciler.run(signal);
  }

  #wakeWaiting(view: Caches): void {
    for (const pod of view.list('Pod').filter(isWaiting)) {
      this.#reconciler.enqueue(key(pod));
    }
  }
}

function isWaiting(pod: Pod): boolean {
  return pod.spec.nodeName === undefined;
}

/** What is no object of the API changes nothing in a cache: whoever changes faults says so here. */
export interface Reconsiderable {
  reconsider(): void;
  stop(): void;
}

export function startKubelets(stage: Stage): Reconsiderable {
  const { caches: view, faults } = stage;
  const writer = new Writer(stage.transports.as(user.kubelet));
  const steps = new DelayedSteps(performerFor(stage, writer, ignore), (name) =>
    kubeletStep(view, faults, name),
  );
  view.onChange('Pod', ({ object }) => {
    steps.consider(key(object));
  });
  const considerPodsOf = ({ object }: { object: Stored }): void => {
    for (const pod of view.podsOf(object.metadata.uid)) {
      steps.consider(key(pod));
    }
  };
  view.onChange('VirtualMachineInstance', considerPodsOf);
  const considerAll = (): void => {
    for (const pod of view.list('Pod')) {
      steps.consider(key(pod));
    }
  };
  // One that was lost and is back goes on where it left off.
  view.onChange('Node', considerAll);
  view.onChange('Secret', considerAll);
  view.onChange('VirtualMachineInstanceMigration', ({ object }) => {
    const instance = view.get('VirtualMachineInstance', keyIn(object, object.spec.vmiName));
    if (instance !== undefined) {
      considerPodsOf({ object: instance });
    }
  });
  return {
    reconsider: considerAll,
    stop: () => {
      steps.stop();
    },
  };
}

export function startVirtHandler(stage: Stage, node: { name: string; address: string }): Reconsiderable {
  const { caches: view, faults } = stage;
  const performer = performerFor(stage, new Writer(stage.transports.handler(node.name)), ignore);
  const parts = { view, faults, node: node.name, address: node.address };
  const steps = new DelayedSteps(performer, (name) => handlerStep(parts, name));
  const considerAll = (): void => {
    for (const instance of view.list('VirtualMachineInstance')) {
      steps.consider(key(instance));
    }
  };
  view.onChange('VirtualMachineInstance', ({ object }) => {
    steps.consider(key(object));
  });
  view.onChange('Node', ({ object }) => {
    if (object.metadata.name === node.name) {
      considerAll();
    }
  });
  view.onChange('Pod', ({ object }) => {
    const name = object.metadata.annotations?.[annotation.domain];
    if (name !== undefined) {
      steps.consider(keyIn(object, name));
    }
  });
  return {
    reconsider: considerAll,
    stop: () => {
      steps.stop();
    },
  };
}

/** Kubelets and virt-handlers have no queues: nothing they do asks for another pass. */
function ignore(): void {
  return;
}
