import type { Condition } from './stored.ts';

interface WithConditions {
  conditions?: Condition[];
}

export function findCondition(status: WithConditions | undefined, type: string): Condition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

export function hasCondition(
  status: WithConditions | undefined,
  type: string,
  want: { status?: string; reason?: string } = {},
): boolean {
  const found = findCondition(status, type);
  return (
    found !== undefined &&
    (want.status === undefined || found.status === want.status) &&
    (want.reason === undefined || found.reason === want.reason)
  );
}

/** A copy as Go writes it: times that are not set are null. */
export function withTimes(condition: Condition): Condition {
  return {
    ...condition,
    lastProbeTime: condition.lastProbeTime ?? null,
    lastTransitionTime: condition.lastTransitionTime ?? null,
  };
}

/** Replaces a condition only when status or reason differ: KubeVirt leaves a changed message alone. */
export function updateCondition(status: WithConditions, condition: Condition): void {
  const conditions = status.conditions ?? [];
  const index = conditions.findIndex(({ type }) => type === condition.type);
  const found = conditions[index];
  if (found === undefined) {
    status.conditions = [...conditions, condition];
  } else if (found.status !== condition.status || found.reason !== condition.reason) {
    status.conditions = conditions.with(index, condition);
  }
}

export function removeCondition(status: WithConditions, type: string): void {
  if (status.conditions !== undefined) {
    status.conditions = status.conditions.filter((condition) => condition.type !== type);
  }
}

/** Compares what KubeVirt compares before it patches: types, statuses and reasons. */
export function conditionsEqual(a: Condition[] | undefined, b: Condition[] | undefined): boolean {
  const left = a ?? [];
  const right = b ?? [];
  return (
    left.length === right.length &&
    left.every(({ type, status, reason }) =>
      right.some((other) => other.type === type && other.status === status && other.reason === reason),
    )
  );
}
