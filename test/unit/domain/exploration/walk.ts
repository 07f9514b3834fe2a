import fc from 'fast-check';
import type { Limits } from './models.ts';
import { notConverged } from './properties/converged.ts';
import { violationOf } from './properties/properties.ts';
import type { Brain } from './shell/brain.ts';
import { stepsFrom } from './steps.ts';
import { canonical } from './world/canonical.ts';
import { leftBehind } from './world/left-behind.ts';
import { keyOf } from './world/numbering.ts';
import { START } from './world/specs.ts';
import type { Step } from './world/step.ts';
import type { World } from './world/world.ts';

export interface Walks {
  readonly seed: number;
  readonly runs: number;
  readonly length: number;
}

/** What random walks have found. */
export interface Walked {
  readonly steps: number;
  /** What the shortest walk that was found breaks, and how it goes; `undefined`: none breaks anything. */
  readonly wrong: { readonly what: string; readonly trace: readonly string[] } | undefined;
}

/** Progress that a world may need to settle; a walk that needs more goes round in circles. */
const PATIENCE = 400;

/**
 * Random walks through a world that is too large to be explored, as a complement. Each number chooses the next step; at
 * the end only what happens by itself goes on, by a fair choice, until nothing does.
 */
export function walk(brain: Brain, limits: Limits, { seed, runs, length }: Walks): Walked {
  let steps = 0;
  let last: Walker | undefined;
  const choices = fc.array(fc.nat({ max: 999 }), { minLength: length / 2, maxLength: length, size: 'max' });
  const details = fc.check(
    fc.property(choices, (chosen) => {
      const walker = new Walker(brain, limits);
      for (const choice of chosen) walker.go(choice);
      walker.settle();
      steps += walker.trace.length;
      if (walker.wrong !== undefined) last = walker;
      return walker.wrong === undefined;
    }),
    { seed, numRuns: runs },
  );
  // The walk that failed last is the shortest.
  return {
    steps,
    wrong: details.failed && last !== undefined ? { what: last.wrong ?? '', trace: last.trace } : undefined,
  };
}

class Walker {
  readonly trace: string[] = [];
  wrong: string | undefined;
  readonly #brain: Brain;
  readonly #limits: Limits;
  #world: World;

  constructor(brain: Brain, limits: Limits) {
    this.#brain = brain;
    this.#limits = limits;
    this.#world = canonical({ ...START, faults: limits.faults });
  }

  /** Takes one of the steps that are possible. */
  go(choice: number): void {
    const steps = stepsFrom(this.#world, this.#brain, this.#limits);
    this.#take(steps[choice % steps.length]);
  }

  /** Goes on with what happens by itself until it leads nowhere else. */
  settle(): void {
    for (let patience = 0; patience < PATIENCE && this.wrong === undefined; patience += 1) {
      const moving = stepsFrom(this.#world, this.#brain, this.#limits).filter((step) => this.#moves(step));
      if (moving.length === 0) {
        this.wrong = notConverged(this.#world);
        return;
      }
      // Each of them gets its turn.
      this.#take(moving[(patience * 7) % moving.length]);
    }
    this.wrong ??= 'it never comes to rest';
  }

  #moves({ kind, next }: Step): boolean {
    return kind === 'Progress' && keyOf(canonical(next)) !== keyOf(this.#world);
  }

  #take(step: Step | undefined): void {
    if (step === undefined || this.wrong !== undefined) return;
    this.trace.push(step.name);
    this.wrong = violationOf(this.#world, step)?.what;
    this.#world = canonical(leftBehind(this.#world, step, this.#limits.slow));
  }
}
