/** The only reader of the environment. */
export function readEnvironment(): Readonly<Record<string, string | undefined>> {
  return process.env;
}
