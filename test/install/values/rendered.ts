/** An object that the chart renders. */
export interface Rendered {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

export interface ValueCase {
  /** The value, names with dots between. */
  readonly path: string;
  readonly does: string;
  readonly value: unknown;
  /** Other values that it takes to see it. */
  readonly with?: object;
  /** Where to look. */
  readonly find: (objects: readonly Rendered[]) => unknown;
  /** What is found with the value, and is not without it. */
  readonly want: unknown;
}

/** What is at a path of the one object of that kind and name; undefined: not there. */
export function field(kind: string, path: string, name?: string) {
  return (objects: readonly Rendered[]): unknown => {
    const object = objects.find(
      (one) => one.kind === kind && (name ?? one.metadata.name) === one.metadata.name,
    );
    return path
      .split('/')
      .filter((step) => step !== '')
      .reduce<unknown>((found, step) => (found as Record<string, unknown> | undefined)?.[step], object);
  };
}

const POD = 'spec/template/spec';
export const container = (path: string) => field('Deployment', `${POD}/containers/0/${path}`);
export const pod = (path: string) => field('Deployment', `${POD}/${path}`);
export const kinds = (kind: string) => (objects: readonly Rendered[]) =>
  objects.filter((object) => object.kind === kind).map(({ metadata }) => metadata.name);

/** The operator's argument of that name. */
export function argument(flag: string) {
  return (objects: readonly Rendered[]): unknown =>
    (container('args')(objects) as string[]).find((given) => given.startsWith(`--${flag}=`));
}

export const flagCase = (
  path: string,
  flag: string,
  value: string | number,
  others: object = {},
): ValueCase => ({
  path,
  does: `is the operator's --${flag}`,
  value,
  with: others,
  find: argument(flag),
  want: `--${flag}=${value}`,
});

/** The value of the operator's environment variable of that name. */
export function variable(name: string) {
  return (objects: readonly Rendered[]): unknown =>
    (container('env')(objects) as { name: string; value?: string }[]).find((given) => given.name === name)
      ?.value;
}

/** For what commands that are run in the Pod need as well. */
export const variableCase = (path: string, name: string, value: string): ValueCase => ({
  path,
  does: `is the operator's variable ${name}`,
  value,
  find: variable(name),
  want: value,
});

export const TEXTS = { team: 'infra' };
