import type { Phase, RunResult } from '../../../bench/workloads/workload.ts';

/** A phase in which nothing was measured but what is given. */
export function aPhase(fields: Partial<Phase> & Pick<Phase, 'name'>): Phase {
  return {
    objects: 100,
    total: 100,
    wallMs: 0,
    cpuMs: { operator: 0, apiServer: 0, etcd: 0 },
    memory: { now: 0, peak: 0 },
    requests: { work: {}, aside: {} },
    ...fields,
  };
}

export function aRun(contender: string, phases: readonly Phase[], run = 0): RunResult {
  return { contender, run, phases };
}
