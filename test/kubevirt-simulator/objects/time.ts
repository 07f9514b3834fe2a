/** metav1.Time has seconds and no more; what KubeVirt compares, it compares so. */
export function timestamp(now: Date): string {
  return `${now.toISOString().slice(0, 19)}Z`;
}

/** True when `time` has come: seconds are compared, so a timestamp of this very second has. */
export function isPast(time: string | undefined, now: Date): boolean {
  return time !== undefined && Date.parse(time) <= now.getTime();
}

/** Go's default format of a metav1.Time, as it ends up in an annotation: `2026-11-23 01:34:03 +0000 UTC`. */
export function goTime(time: string): string {
  return `${time.replace('T', ' ').replace('Z', '')} +0000 UTC`;
}
