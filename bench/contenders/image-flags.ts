/** What Node is given in front of the program in the last image of a Dockerfile. @throws where there is no such entry point */
export function imageFlags(dockerfile: string): string[] {
  const [, list] = [...dockerfile.matchAll(/^ENTRYPOINT (\[.*\])$/gm)].at(-1) ?? [];
  const [, ...args] = list === undefined ? [] : (JSON.parse(list) as string[]);
  const program = args.findIndex((arg) => !arg.startsWith('-'));
  if (program < 0) throw new Error('the Dockerfile has no ENTRYPOINT that runs a program with node');
  return args.slice(0, program);
}
