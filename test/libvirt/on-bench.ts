import { afterAll, afterEach, beforeAll, jest } from '@jest/globals';
import { describeOnHosts } from '../libvirt-hosts/describe-on-hosts.ts';
import { LibvirtBench, type TestVm } from './bench.ts';
import { Operator } from './operator.ts';
import type { LibvirtSettings } from '../../src/drivers/libvirt/settings.ts';

/** A step of a story: boots and transfers, on a machine that others use as well. */
const TIMEOUT = 300_000;

/** What the tests of a suite have in common. */
export interface Theatre {
  readonly bench: LibvirtBench;
  /** Begins an operator; it dies with the test. */
  readonly begin: (settings?: LibvirtSettings) => Promise<Operator>;
  /** Makes a VM and boots it. Nobody looks after it then: two operators at once would both do so. */
  readonly boot: (mode: 'normal' | 'rescued') => Promise<TestVm>;
}

/** A suite over real hosts, which are started once for all of its tests. */
export function describeOnBench(title: string, count: number, suite: (theatre: () => Theatre) => void): void {
  describeOnHosts(title, () => {
    jest.setTimeout(TIMEOUT);
    const held: { bench?: LibvirtBench } = {};
    const operators: Operator[] = [];

    beforeAll(async () => {
      held.bench = await LibvirtBench.start(count);
    });

    afterEach(() => {
      for (const operator of operators.splice(0)) operator.die();
    });

    afterAll(async () => {
      await held.bench?.stop();
    });

    suite(() => {
      const { bench } = held;
      if (bench === undefined) throw new Error('the hosts did not start');
      return {
        bench,
        boot: async (mode) => {
          const operator = await Operator.begin(bench);
          const vm = await bench.newVm();
          await operator.bring(vm[mode]);
          operator.die();
          await bench.guest(vm.key);
          return vm;
        },
        begin: async (settings) => {
          const operator = await Operator.begin(bench, settings);
          operators.push(operator);
          return operator;
        },
      };
    });
  });
}

/** The VM of a suite, which is booted before its first test; each test finds it where the one before has left it. */
export function bootBeforeAll(theatre: () => Theatre, mode: 'normal' | 'rescued'): () => TestVm {
  const held: { vm?: TestVm } = {};
  beforeAll(async () => {
    held.vm = await theatre().boot(mode);
  });
  return () => {
    if (held.vm === undefined) throw new Error('there is no VM');
    return held.vm;
  };
}
