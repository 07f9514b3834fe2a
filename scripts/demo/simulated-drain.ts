import { formatKey } from '../../src/kube/resource.ts';
import type { KubeVirtSimulator } from '../../test/kubevirt-simulator/simulator.ts';
import { readVm } from '../../test/support/evidence.ts';
import type { Observer } from '../../test/support/observer.ts';
import type { Stage } from '../../test/support/stage.ts';
import type { DrainBackstage, Drained, Testimony, Witness } from './drain-backstage.ts';

/** Milliseconds. */
const TRANSFER = 15_000;

/** The drain of a node of KubeVirt's simulator: what the API says of a VM is all that there is to see. */
export class SimulatedDrain implements DrainBackstage {
  readonly manifests = 'examples/drain-vms.yaml';
  readonly drained = 'node-a';
  readonly others = ['node-b', 'node-c', 'node-d'];
  readonly flags = ['--ignore-daemonsets', '--delete-emptydir-data', '--force'];
  readonly patience = 30_000;
  readonly #stage: Stage;
  readonly #simulator: KubeVirtSimulator;
  readonly #observer: Observer;

  constructor(stage: Stage, simulator: KubeVirtSimulator, observer: Observer) {
    this.#stage = stage;
    this.#simulator = simulator;
    this.#observer = observer;
  }

  slowDown({ key }: Drained): Promise<void> {
    this.#simulator.fail(formatKey(key), { delays: { migrationMs: TRANSFER } });
    return Promise.resolve();
  }

  async witness(vm: Drained): Promise<Witness> {
    const mark = this.#observer.instances.length;
    const boot = await this.#boot(vm);
    return {
      testify: async () => {
        const isSame = (await this.#boot(vm)) === boot;
        return testimony(isSame ? this.#secondsInOther(vm, mark) : null);
      },
    };
  }

  /** uid of its VirtualMachineInstance: another boot has another. */
  async #boot({ key }: Drained): Promise<string> {
    return (await readVm(this.#stage.admin, key)).vmUid;
  }

  /** How long the Instance was seen in another state than the one that it had. */
  #secondsInOther({ key, state }: Drained, mark: number): number {
    const seen = this.#observer.instances
      .slice(mark)
      .filter(({ object }) => object.metadata.name === key.name);
    const milliseconds = seen.reduce((sum, { at, object }, index) => {
      const until = seen[index + 1]?.at ?? at;
      return object.status?.state === state ? sum : sum + (until - at);
    }, 0);
    return milliseconds / 1_000;
  }
}

function testimony(secondsDown: number | null): Testimony {
  return { secondsDown, words: undefined };
}
