import { BREAKS, type Break, type Victim } from '../stories/accidents.ts';
import { Dice } from '../stories/dice.ts';

/** One thing that a user, an accident or a passer-by does. Plain data: the same seed gives the same script. */
export type Action =
  | { readonly kind: 'rescue' | 'unrescue' | 'stop' | 'start' | 'abort' | 'forget'; readonly name: string }
  | { readonly kind: 'migrate'; readonly name: string; readonly migration: string }
  | { readonly kind: 'break'; readonly name: string; readonly what: Break }
  | { readonly kind: 'heal'; readonly name: string }
  | { readonly kind: 'delete'; readonly name: string; readonly what: Victim }
  | { readonly kind: 'lose image' | 'find image' }
  | { readonly kind: 'silence handler' | 'wake handler'; readonly node: string }
  | { readonly kind: 'silence virt-api' | 'wake virt-api' };

export interface Step {
  readonly action: Action;
  /** So many watch events pass first: none means at once. */
  readonly events: number;
}

interface Cast {
  readonly names: readonly [string, ...string[]];
  readonly nodes: readonly [string, ...string[]];
}

/** How often each kind is drawn, in hundredths. */
const WEIGHTS = [
  ['migrate', 27],
  ['rescue', 16],
  ['unrescue', 12],
  ['stop', 6],
  ['start', 9],
  ['abort', 8],
  ['forget', 4],
  ['break', 8],
  ['delete', 4],
  ['lose image', 2],
  ['silence handler', 3],
  ['silence virt-api', 1],
] as const;

type Drawn = (typeof WEIGHTS)[number][0];

/** The steps of a run. Whatever is broken by one is healed by a later one, or at the end. */
export function scriptOf(seed: number, length: number, cast: Cast): Step[] {
  const dice = new Dice(seed);
  const steps: Step[] = [];
  const due = new Map<number, Action>();
  while (steps.length < length) {
    const healing = due.get(steps.length);
    const action = healing ?? actionOf(dice, cast, steps.length);
    const remedy = healing === undefined ? remedyOf(action) : undefined;
    if (remedy !== undefined) {
      due.set(freeAfter(steps.length + 2 + dice.below(6), due), remedy);
    }
    steps.push({ action, events: dice.below(6) });
  }
  return steps;
}

function freeAfter(index: number, due: ReadonlyMap<number, Action>): number {
  return due.has(index) ? freeAfter(index + 1, due) : index;
}

function actionOf(dice: Dice, { names, nodes }: Cast, index: number): Action {
  const kind = draw(dice);
  const name = dice.oneOf(names);
  switch (kind) {
    case 'migrate':
      return { kind, name, migration: `${name}-${index}` };
    case 'break':
      return { kind, name, what: dice.oneOf(Object.keys(BREAKS) as [Break]) };
    case 'delete':
      return { kind, name, what: dice.oneOf(VICTIMS) };
    case 'silence handler':
      return { kind, node: dice.oneOf(nodes) };
    case 'lose image':
    case 'silence virt-api':
      return { kind };
    case 'rescue':
    case 'unrescue':
    case 'stop':
    case 'start':
    case 'abort':
    case 'forget':
      return { kind, name };
  }
}

const VICTIMS = [
  'VirtualMachine',
  'VirtualMachineInstance',
  'Pod',
  'VirtualMachineInstanceMigration',
] as const satisfies readonly Victim[];

function draw(dice: Dice): Drawn {
  let rest = dice.below(WEIGHTS.reduce((sum, [, weight]) => sum + weight, 0));
  for (const [kind, weight] of WEIGHTS) {
    if (rest < weight) return kind;
    rest -= weight;
  }
  return WEIGHTS[0][0];
}

/** What puts right again what an action has broken. */
function remedyOf(action: Action): Action | undefined {
  if (action.kind === 'break') return { kind: 'heal', name: action.name };
  if (action.kind === 'lose image') return { kind: 'find image' };
  if (action.kind === 'silence handler') return { kind: 'wake handler', node: action.node };
  return action.kind === 'silence virt-api' ? { kind: 'wake virt-api' } : undefined;
}

/** A step as it is told: `17 delete Pod of vm-3, after 4 events`. */
export function told({ action, events }: Step, index: number): string {
  const { ...said } = action;
  return `${index} ${Object.values(said).join(' ')}, after ${events} events`;
}
