import type { Envtest } from './envtest.mjs';

export type Program = 'etcd' | 'kube-apiserver' | 'kubectl' | 'kube-controller-manager' | 'kube-scheduler';
type Environment = Readonly<Record<string, string | undefined>>;

export const REQUIRED_PROGRAMS: readonly Program[];
export const ALL_PROGRAMS: readonly Program[];
export function builtFolder(env?: Environment): string;
export function findProgram(
  name: Program,
  where?: { env?: Environment; envtest?: Envtest },
): string | undefined;
export function requirePrograms<P extends Program>(names: readonly P[], env?: Environment): Record<P, string>;
export function provision(options: {
  programs?: readonly Program[];
  say: (message: string) => void;
  env?: Environment;
  envtest?: Envtest;
}): Promise<void>;
