import { setTimeout as sleep } from 'node:timers/promises';
import { cpuMsOf, memoryOf, type Memory } from './proc.ts';
import type { AuditTail } from './audit-tail.ts';
import { activityIn, countRequests, type Requests } from './requests.ts';

/** CPU time by process. Milliseconds. */
export interface CpuMs {
  readonly operator: number;
  readonly apiServer: number;
  readonly etcd: number;
}

/** What a stretch of work took. */
export interface Measured {
  readonly wallMs: number;
  readonly cpuMs: CpuMs;
  /** Of the operator, at the end; the peak is the highest since its start. */
  readonly memory: Memory;
  readonly requests: Requests;
}

export interface MeterParts {
  /** Absent in the run without an operator. */
  readonly operator: { readonly pid: number; readonly user: string } | undefined;
  readonly controlPlane: { pids(): Record<string, number> };
  readonly audit: AuditTail;
}

/** Without a write for so long, nothing is left to be told. Milliseconds. */
const QUIET = 5_000;
/** Whoever still writes then never rests. Milliseconds. */
const QUIET_PATIENCE = 300_000;

/** Measures the processes of a run while something is done. */
export class Meter {
  readonly #parts: MeterParts;

  constructor(parts: MeterParts) {
    this.#parts = parts;
  }

  async measure(work: () => Promise<unknown>): Promise<Measured> {
    const { audit, operator } = this.#parts;
    await audit.skip();
    const [cpuBefore, start] = [this.#cpuMs(), performance.now()];
    await work();
    const wallMs = performance.now() - start;
    const cpuMs = difference(this.#cpuMs(), cpuBefore);
    const memory = operator === undefined ? { now: 0, peak: 0 } : memoryOf(operator.pid);
    return { wallMs, cpuMs, memory, requests: await this.#requests() };
  }

  /** Resolves when the operator has written nothing but its Lease for some seconds. @throws Error where it never rests */
  async quiet(): Promise<void> {
    const start = performance.now();
    await this.#parts.audit.skip();
    do {
      if (performance.now() - start > QUIET_PATIENCE) throw new Error('the operator writes on and on');
      await sleep(QUIET);
    } while (activityIn(await this.#requests()) > 0);
  }

  /** Since the audit log was looked at last. */
  async #requests(): Promise<Requests> {
    const { audit, operator } = this.#parts;
    const user = operator?.user ?? '';
    return countRequests(user === '' ? [] : await audit.read(user), user);
  }

  #cpuMs(): CpuMs {
    const { operator, controlPlane } = this.#parts;
    const pids = controlPlane.pids();
    return {
      operator: operator === undefined ? 0 : cpuMsOf(operator.pid),
      apiServer: cpuMsOf(pids['kube-apiserver'] ?? 0),
      etcd: cpuMsOf(pids['etcd'] ?? 0),
    };
  }
}

function difference(after: CpuMs, before: CpuMs): CpuMs {
  return {
    operator: after.operator - before.operator,
    apiServer: after.apiServer - before.apiServer,
    etcd: after.etcd - before.etcd,
  };
}
