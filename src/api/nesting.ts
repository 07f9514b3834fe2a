/** Whether a JSON value has objects and lists in each other beyond so many levels. Never recursive, so never too deep itself. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; depth < levels; depth += 1) {
    level = level.filter(isContainer).flatMap((container) => Object.values(container) as unknown[]);
  }
  return level.some(isContainer);
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
