import type fc from 'fast-check';
import type { Spec } from './edits.ts';

/** What users ask for: specs by name. */
export type Wanted = Map<string, Spec>;

/** One thing that is done. Plain data. */
interface Action {
  readonly kind: string;
}

/** Those of a union that may be of a kind. */
type OfKind<A extends Action, K> = A extends unknown ? (K extends A['kind'] ? A : never) : never;

/** How each kind of action is done on a ground. */
export type Doing<A extends Action, G> = {
  readonly [K in A['kind']]: (action: OfKind<A, K>, ground: G, wanted: Wanted) => unknown;
};

/** What there is to do on a ground, and how. */
export interface Play<A extends Action, P, G> {
  readonly doing: Doing<A, G>;
  /** What comes before an action. */
  before(pause: P, ground: G, action: A): Promise<void>;
}

/** Of these the Instance must be there. */
const OF_INSTANCE = ['edit', 'rescue', 'unrescue', 'remove'];

/** Does one thing, after a while, and says what was wrong by then. */
export class Command<
  A extends Action,
  P,
  G extends { wrong(): readonly string[] },
> implements fc.AsyncCommand<Wanted, G> {
  readonly #play: Play<A, P, G>;
  readonly #action: A;
  readonly #pause: P;

  constructor(play: Play<A, P, G>, action: A, pause: P) {
    this.#play = play;
    this.#action = action;
    this.#pause = pause;
  }

  check(wanted: Wanted): boolean {
    const { kind, name } = this.#action as Action & { readonly name?: string };
    if (name === undefined) return true;
    if (kind === 'create') return !wanted.has(name);
    return !OF_INSTANCE.includes(kind) || wanted.has(name);
  }

  async run(wanted: Wanted, ground: G): Promise<void> {
    await this.#play.before(this.#pause, ground, this.#action);
    const { doing } = this.#play;
    const act = doing[this.#action.kind as A['kind']] as (action: A, ground: G, wanted: Wanted) => unknown;
    await act(this.#action, ground, wanted);
    const [wrong] = ground.wrong();
    if (wrong !== undefined) throw new Error(wrong);
  }

  toString(): string {
    return JSON.stringify([this.#pause, this.#action]);
  }
}
