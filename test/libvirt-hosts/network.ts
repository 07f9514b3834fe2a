/** The wire between the hosts and this machine: a bridge with an address, and for each host a namespace on a port of it. */
import { run } from './commands.ts';
import { bridgeName, namespaceName, portName } from './names.ts';

/** 198.18.0.0/15 is for benchmarks of networks (RFC 2544): nobody routes it. */
const SUBNETS = 512;
const OPERATOR_HOST = 254;

/** States of a bridge's port: `man bridge`. */
const DISABLED = '0';
const FORWARDING = '3';

export class HostNetwork {
  readonly #keeper: number;
  readonly #prefix: string;

  private constructor(keeper: number, prefix: string) {
    this.#keeper = keeper;
    this.#prefix = prefix;
  }

  /** Makes the bridge, on a subnet that nothing on this machine is on. */
  static async create(keeper: number): Promise<HostNetwork> {
    const taken = await run('ip', '-json', 'address', 'show');
    const numbers = Array.from({ length: SUBNETS }, (_, index) => (keeper + index) % SUBNETS);
    const prefix = numbers.map(subnetPrefix).find((candidate) => !taken.includes(`"${candidate}`));
    if (prefix === undefined) throw new Error('198.18.0.0/15 is in use altogether');
    const bridge = bridgeName(keeper);
    await run('ip', 'link', 'add', bridge, 'type', 'bridge');
    await run('ip', 'address', 'add', `${prefix}${OPERATOR_HOST}/24`, 'dev', bridge);
    await run('ip', 'link', 'set', bridge, 'up');
    return new HostNetwork(keeper, prefix);
  }

  addressOf(index: number): string {
    return `${this.#prefix}${index}`;
  }

  /** Makes the namespace of a host, plugs it in, and gives it a bridge for its guests. */
  async plugIn(index: number): Promise<void> {
    const [namespace, port] = [namespaceName(this.#keeper, index), portName(this.#keeper, index)];
    await run('ip', 'netns', 'add', namespace);
    await run('ip', 'link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace);
    await run('ip', 'link', 'set', port, 'master', bridgeName(this.#keeper), 'up');
    const inside = (...args: string[]) => run('ip', '-netns', namespace, ...args);
    await inside('link', 'set', 'lo', 'up');
    await inside('address', 'add', `${this.addressOf(index)}/24`, 'dev', 'eth0');
    await inside('link', 'set', 'eth0', 'up');
    await inside('link', 'add', 'br0', 'type', 'bridge');
    await inside('link', 'set', 'br0', 'up');
  }

  /** Every packet from and to a host is lost; nobody is told, as when a switch fails. */
  async cut(index: number): Promise<void> {
    await this.#setPort(index, DISABLED);
  }

  async heal(index: number): Promise<void> {
    await this.#setPort(index, FORWARDING);
  }

  async #setPort(index: number, state: string): Promise<void> {
    await run('bridge', 'link', 'set', 'dev', portName(this.#keeper, index), 'state', state);
  }
}

function subnetPrefix(number: number): string {
  return `198.${18 + Math.floor(number / 256)}.${number % 256}.`;
}
