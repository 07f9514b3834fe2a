import { join } from 'node:path';
import type { Command } from '../../test/control-plane/guarded-programs.ts';
import { programOf } from '../build/build.ts';
import type { Recipe } from '../build/recipe.ts';
import { controllerRuntime, kopf, kubeRs } from '../build/recipes.ts';
import { peerUser } from '../stage/peer-rights.ts';
import type { Contender } from './contender.ts';
import { medevac, medevacUnguarded } from './medevac.ts';
import { startProgram } from './program.ts';

const PEERS = join(import.meta.dirname, '..', 'peers');

interface Peer {
  readonly name: string;
  readonly madeWith: string;
  readonly explains?: boolean;
  readonly missing: () => string | undefined;
  readonly command: () => Command;
}

function peer({ name, madeWith, explains = false, missing, command }: Peer): Contender {
  const user = peerUser(name);
  return {
    name,
    madeWith,
    explains,
    moves: false,
    user,
    missing,
    start: (ground) => startProgram(ground, user, command()),
  };
}

interface Form {
  /** Absent: that of the recipe. */
  readonly name?: string;
  readonly madeWith: string;
  readonly explains?: boolean;
  readonly args?: readonly string[];
}

function built(recipe: Recipe, { name = recipe.name, args = [], ...form }: Form): Contender {
  return peer({
    ...form,
    name,
    missing: () => (programOf(recipe) === undefined ? `it was not built (needs ${recipe.needs})` : undefined),
    command: () => ({ program: programOf(recipe) ?? recipe.name, args }),
  });
}

function clientNode(name: string, ...flags: readonly string[]): Contender {
  const args = [join(PEERS, 'client-node', 'operator.ts'), ...flags];
  return peer({
    name,
    madeWith: '@kubernetes/client-node, TypeScript',
    missing: () => undefined,
    command: () => ({ program: process.execPath, args }),
  });
}

const kopfOperator = join(PEERS, 'kopf', 'operator.py');

/** In the order of the tables. */
export const CONTENDERS: readonly Contender[] = [
  medevac,
  medevacUnguarded,
  built(controllerRuntime, { madeWith: 'controller-runtime, Go' }),
  built(controllerRuntime, {
    name: 'controller-runtime-conditions',
    madeWith: 'controller-runtime with all conditions of medevac, Go',
    explains: true,
    args: ['--all-conditions'],
  }),
  built(kubeRs, { madeWith: 'kube-rs, Rust' }),
  built(kopf, {
    madeWith: 'kopf, Python',
    args: ['run', '--standalone', '--all-namespaces', '--quiet', kopfOperator],
  }),
  clientNode('client-node'),
  clientNode('client-node-pooled', '--pooled'),
];

export const PEER_NAMES = CONTENDERS.filter(({ user }) => user !== medevac.user).map(({ name }) => name);
