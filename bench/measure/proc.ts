/** What Linux says of a process in /proc; parsing is pure, reading is not. */
import { readFileSync } from 'node:fs';

/** Clock ticks a second in /proc/PID/stat: the kernel's USER_HZ, 100 on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;
const MILLISECONDS_PER_TICK = 1_000 / TICKS_PER_SECOND;
const KIB_PER_MB = 1_000_000 / 1_024;

/** User and system time of a process so far, from `/proc/PID/stat`. Milliseconds. */
export function cpuMsFromStat(stat: string): number {
  // The second field is the program's name in parentheses, which may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user, system] = [Number(fields[11]), Number(fields[12])];
  if (Number.isNaN(user + system)) throw new Error(`not a /proc/PID/stat: ${stat}`);
  return (user + system) * MILLISECONDS_PER_TICK;
}

/** Resident memory, now and at its highest. Megabytes (10⁶ bytes). */
export interface Memory {
  readonly now: number;
  readonly peak: number;
}

export function memoryFromStatus(status: string): Memory {
  return { now: megabytes(status, 'VmRSS'), peak: megabytes(status, 'VmHWM') };
}

function megabytes(status: string, field: string): number {
  const kib = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
  if (kib === undefined) throw new Error(`no ${field} in /proc/PID/status`);
  return Number(kib) / KIB_PER_MB;
}

export function cpuMsOf(pid: number): number {
  return cpuMsFromStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

export function memoryOf(pid: number): Memory {
  return memoryFromStatus(readFileSync(`/proc/${pid}/status`, 'utf8'));
}
