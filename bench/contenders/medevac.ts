import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OPERATOR_USER } from '../../test/support/installed-control-plane.ts';
import { startOperator } from '../../test/support/operator.ts';
import { programOf } from '../build/build.ts';
import { medevac as recipe } from '../build/recipes.ts';
import type { Contender } from './contender.ts';
import { imageFlags } from './image-flags.ts';

const DOCKERFILE = readFileSync(join(import.meta.dirname, '..', '..', 'Dockerfile'), 'utf8');

/** @param reviews whether the API server asks its webhooks */
function contender(name: string, madeWith: string, reviews: 'AtOnce' | 'Later'): Contender {
  return {
    name,
    madeWith,
    explains: reviews === 'Later',
    moves: reviews === 'AtOnce',
    user: OPERATOR_USER,
    missing: () => (programOf(recipe) === undefined ? `it was not built (needs ${recipe.needs})` : undefined),
    start: async ({ controlPlane, admin }) => {
      const operator = await startOperator({
        controlPlane,
        admin,
        driver: 'kubevirt',
        reviews,
        program: [...imageFlags(DOCKERFILE), programOf(recipe) ?? recipe.program],
      });
      return {
        get pid() {
          return operator.pid;
        },
        stop: async () => {
          await operator.stop();
        },
        startAgain: () => operator.restart(),
      };
    },
  };
}

/** medevac as shipped: with webhooks, leader election and the rights of its ServiceAccount. */
export const medevac = contender('medevac', 'own runtime, TypeScript', 'AtOnce');

/** What its webhooks cost: the peers have none. */
export const medevacUnguarded = contender('medevac-unguarded', 'medevac without its webhooks', 'Later');
