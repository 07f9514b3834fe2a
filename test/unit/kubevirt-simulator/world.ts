/** The simulator's controllers and fake nodes without a server and without time: passes over objects in memory. */
import { ApiError } from '../../../src/kube/api-errors.ts';
import { jsonEqual } from '../../../src/kube/json-equal.ts';
import type { JsonPatchOperation } from '../../../src/kube/resource-client.ts';
import { formatKey, keyOf } from '../../../src/kube/resource.ts';
import type { Step } from '../../kubevirt-simulator/engine/delayed-steps.ts';
import { perform } from '../../kubevirt-simulator/engine/plan.ts';
import type { Plan, Write } from '../../kubevirt-simulator/engine/plan.ts';
import { Faults } from '../../kubevirt-simulator/faults.ts';
import type { Failures } from '../../kubevirt-simulator/faults.ts';
import { kubeletStep } from '../../kubevirt-simulator/nodes/kubelet.ts';
import { nodeAddress, nodeObject, nodeStatus } from '../../kubevirt-simulator/nodes/node-objects.ts';
import { schedulePod } from '../../kubevirt-simulator/nodes/scheduler.ts';
import type { Pod } from '../../kubevirt-simulator/objects/cluster-kinds.ts';
import type { Kind, Kinds } from '../../kubevirt-simulator/objects/kinds.ts';
import type { Stored } from '../../kubevirt-simulator/objects/stored.ts';
import { user } from '../../kubevirt-simulator/users.ts';
import type { AdmissionRequest, AdmissionResponse } from '../../kubevirt-simulator/virt-api/admission.ts';
import {
  mutateInstance,
  mutateMachine,
  mutateMigration,
} from '../../kubevirt-simulator/virt-api/webhooks.ts';
import { evacuateNode } from '../../kubevirt-simulator/virt-controller/evacuation.ts';
import { reconcileInstance } from '../../kubevirt-simulator/virt-controller/instance/reconcile.ts';
import { reconcileMachine } from '../../kubevirt-simulator/virt-controller/machine/reconcile.ts';
import { newMigrationMemory } from '../../kubevirt-simulator/virt-controller/migration/context.ts';
import { reconcileMigration } from '../../kubevirt-simulator/virt-controller/migration/reconcile.ts';
import { handlerStep } from '../../kubevirt-simulator/virt-handler/handler.ts';
import { patchedWith } from './json-patch.ts';
import { MemoryView } from './memory-view.ts';

/** One pass of one player. */
export interface Turn {
  /** `virt-controller VirtualMachineInstance vms/vm-a`. */
  readonly name: string;
  run(): Promise<void>;
}

const webhooks: Partial<Record<Kind, (request: AdmissionRequest) => AdmissionResponse>> = {
  VirtualMachine: mutateMachine,
  VirtualMachineInstance: mutateInstance,
  VirtualMachineInstanceMigration: mutateMigration,
};

/** Far more than any test needs until nothing is left to do. */
const mostRounds = 300;

export class World {
  readonly view = new MemoryView();
  readonly faults: Faults;
  /** What was written, one line each: `VirtualMachineInstance vm-a update phase=Running`. */
  readonly written: string[] = [];
  /** What was told, one line each: `FailedMount why`. */
  readonly events: string[] = [];
  /** Called after each change of an object. */
  afterWrite: () => void = () => undefined;
  now = new Date('2026-11-23T00:00:00Z');
  readonly #nodes: string[] = [];
  readonly #assumed = new Map<string, string>();
  readonly #memory = newMigrationMemory();
  #version = 0;

  constructor(nodes: readonly string[], failures: Failures = {}) {
    this.faults = new Faults(failures);
    for (const name of nodes) {
      this.addNode(name);
    }
  }

  addNode(name: string): void {
    const index = this.#nodes.push(name) - 1;
    const node = { ...nodeObject({ name }, index), ...nodeStatus(nodeAddress(index)) };
    this.#store('Node', node as Kinds['Node']);
  }

  /** As a client would, through the webhooks. */
  create<K extends Kind>(kind: K, object: Omit<Kinds[K], 'metadata'> & { metadata: object }): Kinds[K] {
    return this.#create(kind, structuredClone(object) as unknown as Stored) as Kinds[K];
  }

  /** As a client would: graceful for pods, and never before the finalizers are gone. */
  delete(kind: Kind, key: string): void {
    const object = this.view.get(kind, key);
    if (object === undefined) {
      throw notFound(kind, key);
    }
    this.#delete(kind, object, undefined);
  }

  /** Passes of all players, in an order that `order` may change, until none of them has anything left to do. */
  async settle(order: (turns: Turn[]) => Turn[] = (turns) => turns): Promise<void> {
    for (let round = 0; round < mostRounds; round += 1) {
      const before = this.#version;
      for (const turn of order(this.turns())) {
        await this.#take(turn);
      }
      if (this.#version === before) {
        return;
      }
    }
    throw new Error(`still changing after ${mostRounds} rounds:\n${this.written.slice(-20).join('\n')}`);
  }

  /** One pass of the one player whose name this is. */
  async turn(name: string): Promise<void> {
    const found = this.turns().find((turn) => turn.name === name);
    if (found === undefined) {
      throw new Error(
        `there is no ${name} in ${this.turns()
          .map((turn) => turn.name)
          .join(', ')}`,
      );
    }
    await this.#take(found);
  }

  /** All players that might have something to do. */
  turns(): Turn[] {
    const { view, now } = this;
    const passes = { now, view, memory: this.#memory };
    return [
      ...this.#turns('virt-controller', 'VirtualMachine', (key) => reconcileMachine(view, key, now)),
      ...this.#turns('virt-controller', 'VirtualMachineInstance', (key) => reconcileInstance(view, key, now)),
      ...this.#turns('virt-controller', 'VirtualMachineInstanceMigration', (key) =>
        reconcileMigration(passes, key),
      ),
      ...this.#turns('virt-controller', 'Node', (key) => evacuateNode(view, key.replace(/^\//, ''))),
      ...this.#turns('scheduler', 'Pod', (key) => schedulePod({ view, now, assumed: this.#assumed }, key)),
      ...this.#turns('kubelet', 'Pod', (key) => planOf(kubeletStep(view, this.faults, key))),
      ...this.#nodes.flatMap((node, index) =>
        this.#turns(`virt-handler ${node}`, 'VirtualMachineInstance', (key) =>
          planOf(handlerStep({ view, node, faults: this.faults, address: nodeAddress(index) }, key)),
        ),
      ),
    ];
  }

  #turns(player: string, kind: Kind, plan: (key: string) => Plan): Turn[] {
    return this.view.list(kind).map((object) => {
      const key = formatKey(keyOf(object));
      return { name: `${player} ${kind} ${key}`, run: () => perform(plan(key), (step) => this.#write(step)) };
    });
  }

  async #take(turn: Turn): Promise<void> {
    this.now = new Date(this.now.getTime() + 100);
    try {
      await turn.run();
    } catch (error) {
      // A lost write is what a retry is for; anything else is a defect.
      if (!(error instanceof ApiError) && (error as Error).name !== 'SyncFailed') {
        throw error;
      }
    }
  }

  async #write(step: Write): Promise<Stored | undefined> {
    if (step.verb === 'event') {
      this.events.push(`${step.event.reason} ${step.event.message}`);
      return undefined;
    }
    if (step.verb === 'requeue') {
      return undefined;
    }
    return Promise.resolve(this.#answer(step));
  }

  #answer(step: Exclude<Write, { verb: 'event' | 'requeue' }>): Stored {
    if (step.verb === 'create' && step.subresource === undefined) {
      return this.#create(step.kind, step.object);
    }
    const key = formatKey(step.key);
    const before: Stored | undefined = this.view.get(step.kind, key);
    if (before === undefined) {
      throw notFound(step.kind, key);
    }
    switch (step.verb) {
      case 'create':
        return this.#bind(before as Pod, step.object);
      case 'update':
        return this.#update(step, before);
      case 'patch':
        return this.#replace(step.kind, before, patch(before, step.patch));
      case 'delete':
        return this.#delete(step.kind, before, step.gracePeriodSeconds);
    }
  }

  #create(kind: Kind, object: Stored): Stored {
    const { generateName, ...metadata } = object.metadata;
    const name = generateName === undefined ? metadata.name : `${generateName}${String(this.#version)}`;
    const key = formatKey({ namespace: metadata.namespace ?? '', name });
    if (this.view.get(kind, key) !== undefined) {
      throw new ApiError(409, { reason: 'AlreadyExists', message: `${kind} ${key} already exists` });
    }
    const fresh = { ...object, metadata: { ...metadata, name, uid: `uid-${this.#version}`, generation: 1 } };
    const admitted = admit(kind, fresh);
    this.#note(kind, undefined, admitted);
    return this.#store(kind, admitted);
  }

  #bind(pod: Pod, binding: Stored): Stored {
    const { target } = binding as Stored & { target: { name: string } };
    const bound: Pod = { ...pod, spec: { ...pod.spec, nodeName: target.name } };
    return this.#replace('Pod', pod, bound);
  }

  #update(step: Extract<Write, { verb: 'update' | 'create' }>, before: Stored): Stored {
    if (step.object.metadata.resourceVersion !== before.metadata.resourceVersion) {
      throw new ApiError(409, { reason: 'Conflict', message: `${step.kind} has been modified` });
    }
    const { status } = step.object as { status?: unknown };
    if (step.subresource === 'status') {
      return this.#replace(step.kind, before, { ...before, status } as Stored);
    }
    const kept = step.kind === 'VirtualMachineInstance' ? status : (before as { status?: unknown }).status;
    return this.#replace(step.kind, before, { ...step.object, status: kept } as Stored);
  }

  #delete(kind: Kind, object: Stored, grace: number | undefined): Stored {
    const waits = kind === 'Pod' && grace !== 0 && (object as Pod).spec.nodeName !== undefined;
    if (!waits && (object.metadata.finalizers ?? []).length === 0) {
      this.#note(kind, object, undefined);
      this.view.remove(kind, formatKey(keyOf(object)));
      this.#version += 1;
      return { metadata: { name: object.metadata.name } };
    }
    const deletionTimestamp = object.metadata.deletionTimestamp ?? this.now.toISOString();
    return this.#replace(kind, object, { ...object, metadata: { ...object.metadata, deletionTimestamp } });
  }

  #replace(kind: Kind, before: Stored, after: Stored): Stored {
    if (jsonEqual(before, after)) {
      return before;
    }
    this.#note(kind, before, after);
    const { deletionTimestamp, finalizers } = after.metadata;
    const stored = this.#store(kind, withGeneration(before, after));
    if (kind !== 'Pod' && deletionTimestamp !== undefined && (finalizers ?? []).length === 0) {
      this.#delete(kind, stored, 0);
    }
    return stored;
  }

  #store(kind: Kind, object: Stored): Stored {
    this.#version += 1;
    const metadata = {
      creationTimestamp: this.now.toISOString(),
      ...object.metadata,
      resourceVersion: String(this.#version),
    };
    const stored = structuredClone({ ...object, metadata });
    this.view.put(kind, stored);
    this.afterWrite();
    return stored;
  }

  #note(kind: Kind, before: Stored | undefined, after: Stored | undefined): void {
    const { name } = (after ?? before)?.metadata ?? { name: '' };
    const was = phaseOf(before);
    const is = phaseOf(after);
    const verb = before === undefined ? 'created' : after === undefined ? 'gone' : 'changed';
    this.written.push(`${kind} ${name} ${verb}${is !== was && is !== undefined ? ` ${is}` : ''}`);
  }
}

function planOf(step: Step | undefined): Plan {
  return step?.plan() ?? nothing();
}

// eslint-disable-next-line require-yield -- a plan without writes
function* nothing(): Plan {
  return;
}

function notFound(kind: Kind, key: string): ApiError {
  return new ApiError(404, { reason: 'NotFound', message: `${kind} ${key} not found` });
}

function phaseOf(object: Stored | undefined): string | undefined {
  return (object as { status?: { phase?: string } } | undefined)?.status?.phase;
}

function admit(kind: Kind, object: Stored): Stored {
  const { namespace } = object.metadata;
  const answer = webhooks[kind]?.({
    uid: '',
    operation: 'CREATE',
    userInfo: { username: user.virtController },
    object,
    ...(namespace !== undefined && { namespace }),
  });
  return answer?.patch === undefined ? object : patch(object, answer.patch);
}

function patch(object: Stored, by: Extract<Write, { verb: 'patch' }>['patch']): Stored {
  const patched = Array.isArray(by)
    ? patchedWith(object, by as readonly JsonPatchOperation[])
    : withConditions(object, by);
  if (patched === undefined) {
    throw new ApiError(422, { reason: 'Invalid', message: 'the server rejected our request' });
  }
  return patched;
}

type Conditions = Record<string, unknown>[];

/** The only strategic merges of the players: conditions of pods. */
function withConditions(object: Stored, by: object): Stored {
  const { status } = by as { status: { conditions: Conditions } };
  const before = (object as { status?: { conditions?: Conditions } }).status;
  const types = new Set(status.conditions.map(({ type }) => type));
  const conditions = [
    ...(before?.conditions ?? []).filter(({ type }) => !types.has(type)),
    ...status.conditions,
  ];
  return { ...object, status: { ...before, conditions } } as Stored;
}

function withGeneration(before: Stored, after: Stored): Stored {
  const { spec: was } = before as { spec?: unknown };
  const { spec: is } = after as { spec?: unknown };
  const { generation = 1 } = before.metadata;
  return {
    ...after,
    metadata: { ...after.metadata, generation: jsonEqual(was, is) ? generation : generation + 1 },
  };
}
