import { INSTANCES } from '../../src/api/resources.ts';
import { ResourceClient } from '../../src/kube/resource-client.ts';
import { resources } from '../../test/kubevirt-simulator/objects/kinds.ts';
import type { Contender, RunningContender } from '../contenders/contender.ts';
import { Meter, type Measured } from '../measure/meter.ts';
import { raiseGround, type Backend, type Ground } from '../stage/ground.ts';
import { benchVirtualMachine } from '../stage/instances.ts';
import { shownInstance, shownVmi } from '../stage/shown.ts';
import { BenchUser } from '../stage/user.ts';
import { Watcher } from '../stage/watcher.ts';

/** A run of one contender on a control plane of its own. */
export interface Session {
  readonly ground: Ground;
  readonly user: BenchUser;
  readonly watcher: Watcher;
  /** Absent in the run without one. */
  readonly operator: RunningContender | undefined;
  /** Creates an Instance, and where there is no operator its VM. Resolves with the last answer. */
  readonly create: (name: string) => Promise<void>;
  measure(work: () => Promise<unknown>): Promise<Measured>;
  /** Resolves when the operator has written nothing but its Lease for a while: what it tells of a burst in Events comes after it. */
  quiet(): Promise<void>;
  close(): Promise<void>;
}

/** It runs, and its first Instance has been taken care of. */
const CANARY = 'canary';
const FIRST_MS = 60_000;

interface Setting {
  /** Undefined: none, and a script makes the VMs. */
  readonly contender: Contender | undefined;
  /** Names of the peers whose users the API server must know. */
  readonly peers: readonly string[];
  readonly backend: Backend;
}

export async function openSession({ contender, peers, backend }: Setting): Promise<Session> {
  const ground = await raiseGround(peers, backend);
  const { admin, namespace, controlPlane, audit } = ground;
  const user = new BenchUser(admin, namespace);
  const watcher =
    contender === undefined
      ? new Watcher(admin, resources.VirtualMachineInstance, shownVmi)
      : new Watcher(admin, INSTANCES, shownInstance);
  let operator: RunningContender | undefined;
  const close = async () => {
    watcher.stop();
    await operator?.stop();
    await ground.close();
  };
  try {
    await watcher.start();
    operator = await contender?.start(ground);
    const create = contender === undefined ? byScript(ground, user) : (name: string) => user.create(name);
    await create(CANARY);
    await watcher.until('the first Instance runs', () => watcher.in('Running').size === 1, FIRST_MS);
    const meter = () => {
      const measured = operator && { pid: operator.pid, user: contender?.user ?? '' };
      return new Meter({ operator: measured, controlPlane, audit });
    };
    const measure: Session['measure'] = (work) => meter().measure(work);
    const quiet = () => meter().quiet();
    return { ground, user, watcher, operator, create, measure, quiet, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What is left of the work when there is no operator. */
function byScript({ admin, namespace }: Ground, user: BenchUser): (name: string) => Promise<void> {
  const machines = new ResourceClient(admin, resources.VirtualMachine);
  return async (name) => {
    await user.create(name);
    await machines.apply(benchVirtualMachine(namespace, name), { fieldManager: 'script', force: true });
  };
}
