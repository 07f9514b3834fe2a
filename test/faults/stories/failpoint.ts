import type { Exchange } from '../../support/api-proxy.ts';
import { pass } from './ground.ts';

/** A write of a story: what it is, and the how manieth of its kind. */
export interface WritePoint {
  readonly what: string;
  readonly nth: number;
}

export function told({ what, nth }: WritePoint): string {
  return nth === 1 ? what : `${what} (${nth})`;
}

/** What happens at one of the writes. */
export interface Target {
  readonly point: WritePoint;
  /** Is given the write, and has it carried out and answered, or not. */
  readonly strike: (exchange: Exchange) => Promise<void>;
  /** The same for each write that comes after it. Default: it passes. */
  readonly follow?: (exchange: Exchange) => Promise<void>;
}

/** Stands between operator and API server: writes down what is written in a namespace, and strikes at one of the writes. */
export class Failpoint {
  readonly #namespace: string;
  readonly #target: Target | undefined;
  readonly #counts = new Map<string, number>();
  readonly writes: WritePoint[] = [];
  hasStruck = false;

  constructor(namespace: string, target?: Target) {
    this.#namespace = namespace;
    this.#target = target;
  }

  /** Whether a request is about what is in its namespace. */
  concerns({ path }: Exchange): boolean {
    return path.includes(`/namespaces/${this.#namespace}/`);
  }

  async intercept(exchange: Exchange): Promise<void> {
    const what = this.#writeOf(exchange);
    if (what === undefined) return pass(exchange);
    const nth = (this.#counts.get(what) ?? 0) + 1;
    this.#counts.set(what, nth);
    this.writes.push({ what, nth });
    if (this.hasStruck) return (this.#target?.follow ?? pass)(exchange);
    const isTarget = this.#target?.point.what === what && this.#target.point.nth === nth;
    if (!isTarget) return pass(exchange);
    this.hasStruck = true;
    await this.#target.strike(exchange);
  }

  /** What people are told is not needed by anybody. */
  #writeOf({ method, path }: Exchange): string | undefined {
    const [, inside] = path.split(`/namespaces/${this.#namespace}/`);
    if (method === 'GET' || inside === undefined || path.includes('/events')) return undefined;
    const [plural, , ...subresource] = inside.split('/');
    return [`${method} ${plural ?? ''}`, ...subresource].join('/');
  }
}

/** Gives each request to the newest failpoint that it concerns; what concerns none passes. */
export async function interceptAt(failpoints: readonly Failpoint[], exchange: Exchange): Promise<void> {
  const failpoint = failpoints.findLast((one) => one.concerns(exchange));
  await (failpoint?.intercept(exchange) ?? pass(exchange));
}
