/** The object without the fields that are `undefined`: in JSON they are not there either, so compare what is sent. */
export function withoutAbsent<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, field]) => field !== undefined)) as T;
}
