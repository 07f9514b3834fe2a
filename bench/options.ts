import { parseArgs } from 'node:util';
import { CONTENDERS } from './contenders/contenders.ts';
import { WORKLOADS, type Workload } from './workloads/workload.ts';

export interface Options {
  readonly contenders: readonly string[];
  readonly workloads: readonly Workload[];
  /** Instances that are there after each burst of creations. */
  readonly sizes: readonly number[];
  /** Of each contender, each on a control plane of its own. */
  readonly runs: number;
  readonly output: 'text' | 'json';
  /** Whether results and page of the checkout are written. */
  readonly keep: boolean;
  /** Whether the runs that were kept before are gone on with. */
  readonly resume: boolean;
  readonly scale: Scale;
}

/** How much of each workload. */
export interface Scale {
  /** Instances that are rescued and unrescued. */
  readonly rescues: number;
  /** Instances that are created one after the other. */
  readonly singles: number;
  /** Irrelevant updates of VM objects. */
  readonly storm: number;
  readonly migrations: number;
  readonly drained: number;
  readonly idleMs: number;
}

export const FULL: Scale = {
  rescues: 1_000,
  singles: 200,
  storm: 10_000,
  migrations: 200,
  drained: 50,
  idleMs: 300_000,
};
const QUICK: Scale = { rescues: 60, singles: 30, storm: 500, migrations: 20, drained: 10, idleMs: 5_000 };

const namesOf = (contenders: typeof CONTENDERS) => contenders.map(({ name }) => name);
const NAMES = namesOf(CONTENDERS);

type Form = Pick<Options, 'contenders' | 'workloads' | 'sizes' | 'runs' | 'scale'>;

const FULL_FORM: Form = {
  contenders: NAMES,
  workloads: WORKLOADS,
  sizes: [1_000, 5_000, 10_000],
  runs: 5,
  scale: FULL,
};
const QUICK_FORM: Form = {
  contenders: namesOf(CONTENDERS.filter(({ explains }) => !explains)),
  workloads: ['start', 'latency', 'create', 'rescue', 'restart'],
  sizes: [300],
  runs: 1,
  scale: QUICK,
};

export const USAGE = `npm run bench -- [options]

  --quick              the ratios, in minutes: ${QUICK_FORM.sizes.join(', ')} Instances, one run of each contender that does not only
                       explain another
  --contenders A,B     of ${NAMES.join(', ')}
  --workloads A,B      of ${WORKLOADS.join(', ')}
  --sizes 1000,5000    Instances that are there after each burst of creations (default ${FULL_FORM.sizes.join(',')})
  --runs N             of each contender (default ${FULL_FORM.runs})
  --idle SECONDS       how long the idle operator is watched (default ${FULL.idleMs / 1_000})
  --rescues N          Instances that are rescued and unrescued (default ${FULL.rescues})
  --output json        prints the figures as JSON, and nothing else to standard output
  --keep               writes bench/results/DATE.json, the plots and docs/performance.md, after each run of all
  --resume             goes on with what was kept last, to --runs; sources and other options must be as they were then`;

/** @throws Error that says what is wrong with the arguments */
export function readOptions(argv: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      quick: { type: 'boolean', default: false },
      contenders: { type: 'string' },
      workloads: { type: 'string' },
      sizes: { type: 'string' },
      runs: { type: 'string' },
      idle: { type: 'string' },
      rescues: { type: 'string' },
      output: { type: 'string', default: 'text' },
      keep: { type: 'boolean', default: false },
      resume: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const defaults = values.quick ? QUICK_FORM : FULL_FORM;
  const workloads = listOf('workloads', values.workloads, WORKLOADS) ?? defaults.workloads;
  const sizes = values.sizes?.split(',').map((size) => count('sizes', size)) ?? defaults.sizes;
  checkSizes(sizes, workloads, defaults.scale);
  return {
    contenders: listOf('contenders', values.contenders, NAMES) ?? defaults.contenders,
    workloads,
    sizes,
    runs: count('runs', values.runs) ?? defaults.runs,
    output: listOf('output', values.output, ['text', 'json'] as const)?.[0] ?? 'text',
    ...whatIsKept(values),
    scale: scaleFrom(defaults.scale, values),
  };
}

/** Who goes on with what was kept keeps the rest as well. */
function whatIsKept({ keep, resume }: Pick<Options, 'keep' | 'resume'>): Pick<Options, 'keep' | 'resume'> {
  return { keep: keep || resume, resume };
}

/** @throws Error where a burst would have nothing to create */
function checkSizes(sizes: readonly number[], workloads: readonly Workload[], { singles }: Scale): void {
  const first = workloads.includes('latency') ? singles + 1 : 1;
  sizes.reduce((before, size) => {
    if (size > before) return size;
    throw new Error(`--sizes: ${size} is not above ${before}, the Instances that are there before`);
  }, first);
}

function scaleFrom(scale: Scale, { rescues, idle }: { rescues?: string; idle?: string }): Scale {
  return {
    ...scale,
    rescues: count('rescues', rescues) ?? scale.rescues,
    idleMs: (count('idle', idle) ?? scale.idleMs / 1_000) * 1_000,
  };
}

function listOf<T extends string>(
  flag: string,
  value: string | undefined,
  known: readonly T[],
): T[] | undefined {
  return value?.split(',').map((name) => {
    const found = known.find((one) => one === name);
    if (found === undefined) throw new Error(`--${flag}: ${name} is none of ${known.join(', ')}`);
    return found;
  });
}

function count(flag: string, value: string): number;
function count(flag: string, value: string | undefined): number | undefined;
function count(flag: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (!/^[1-9]\d*$/.test(value)) throw new Error(`--${flag}: ${value} is not a number above 0`);
  return Number(value);
}
