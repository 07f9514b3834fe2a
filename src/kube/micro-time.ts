/** metav1.MicroTime: RFC 3339 with exactly six digits of a second. @param at milliseconds since the epoch */
export function microTime(at: number): string {
  return new Date(at).toISOString().replace('Z', '000Z');
}
