import type { Condition } from '../api/conditions.ts';

/** A condition without its bookkeeping. */
export interface Statement<Type extends string = string, Reason extends string = string> {
  readonly type: Type;
  readonly status: Condition['status'];
  readonly reason: Reason;
  readonly message: string;
}

/** Why something is as it is. */
export interface Explained<Reason extends string = string> {
  /** PascalCase. */
  readonly reason: Reason;
  readonly message: string;
}

/**
 * The conditions of an object from what is to be said now. The time of a condition changes only with its status,
 * as the API conventions ask.
 */
export function conditionsFrom(
  statements: readonly Statement[],
  previous: readonly Condition[] | undefined,
  observedGeneration: number,
  now: string,
): Condition[] {
  return statements.map((statement) => {
    const before = previous?.find(({ type }) => type === statement.type);
    const lastTransitionTime = before?.status === statement.status ? before.lastTransitionTime : now;
    return { ...statement, observedGeneration, lastTransitionTime };
  });
}
