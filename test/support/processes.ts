/** Whether a process of this id runs. One that has ended and was not yet reaped still counts. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
