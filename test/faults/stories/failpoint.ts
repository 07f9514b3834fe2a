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
}

/** Stands between operator and API server: writes down what is written in a namespace, and strikes at one of the writes. */
export class Failpoint {
  readonly #namespace: string;
  readonly #target: Target | undefined;
  readonly #counts = new Map<string, number>();
  readonly #struck = Promise.withResolvers<undefined>();
  readonly writes: WritePoint[] = [];
  hasStruck = false;

  constructor(namespace: string, target?: Target) {
    this.#namespace = namespace;
    this.#target = target;
  }

  /** Resolves when the strike is over. */
  get struck(): Promise<undefined> {
    return this.#struck.promise;
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
    const isTarget = !this.hasStruck && this.#target?.point.what === what && this.#target.point.nth === nth;
    if (!isTarget) return pass(exchange);
    this.hasStruck = true;
    await this.#target.strike(exchange);
    this.#struck.resolve(undefined);
  }

  /** What people are told is not needed by anybody. */
  #writeOf({ method, path }: Exchange): string | undefined {
    const [, inside] = path.split(`/namespaces/${this.#namespace}/`);
    if (method === 'GET' || inside === undefined || path.includes('/events')) return undefined;
    const [plural, , ...subresource] = inside.split('/');
    return [`${method} ${plural ?? ''}`, ...subresource].join('/');
  }
}
