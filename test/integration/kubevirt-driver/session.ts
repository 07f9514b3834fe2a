import { afterAll, beforeAll } from '@jest/globals';
import type { Driver, VmKey, VmOrder } from '../../../src/drivers/driver.ts';
import type { InstanceFailures } from '../../kubevirt-simulator/faults.ts';
import { KubeVirtBench, rescued, untilBooted } from './bench.ts';
import { vmListener } from '../../builders/driver-listener.ts';

const START_TIMEOUT = 120_000;
/** How long a test may take that boots and moves a few times. Milliseconds. */
export const ROW_TIMEOUT = 60_000;

/** One bench and one started driver for all tests of a file. */
export class Session {
  #bench: KubeVirtBench | undefined;
  #driver: Driver | undefined;
  readonly #stopping = new AbortController();
  /** What the driver has announced, in its order. */
  readonly told: VmKey[] = [];

  get bench(): KubeVirtBench {
    if (this.#bench === undefined) throw new Error('the bench did not start');
    return this.#bench;
  }

  get driver(): Driver {
    if (this.#driver === undefined) throw new Error('the driver did not start');
    return this.#driver;
  }

  async start(): Promise<void> {
    this.#bench = await KubeVirtBench.start();
    this.#driver = await this.anotherDriver((_, key) => this.told.push(key));
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#bench?.stop();
  }

  /** As a second process has it; what it does not remember it must see. */
  async anotherDriver(
    onChange: (driver: Driver, key: VmKey) => void = () => undefined,
    driver = this.bench.newDriver(),
  ): Promise<Driver> {
    const listener = vmListener((key) => onChange(driver, key));
    await driver.start(listener, this.#stopping.signal);
    return driver;
  }

  fail({ namespace, name }: VmKey, failures: InstanceFailures): void {
    this.bench.simulator.fail(`${namespace}/${name}`, failures);
  }

  async boot(order: VmOrder = this.bench.order()) {
    await this.driver.define(order);
    return { order, key: order.key, running: await untilBooted(this.driver, order.key) };
  }

  async bootRescued() {
    const { order, key, running } = await this.boot();
    await this.driver.define(rescued(order));
    await this.driver.restart(key, running.bootId);
    return { order, key, running: await untilBooted(this.driver, key, running.bootId) };
  }
}

export function useSession(): Session {
  const session = new Session();
  beforeAll(() => session.start(), START_TIMEOUT);
  afterAll(() => session.stop(), START_TIMEOUT);
  return session;
}
