import type { Operation } from '../../api/instance.ts';

/** Another Instance that writes, or would write, to disks that an Instance writes to. */
export interface DiskRival {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly creationTimestamp: string;
  /** The disks that both would write to, in words. */
  readonly disks: readonly string[];
  /** Whether a VM of its name runs, or is to be run by its backend at any moment. */
  readonly occupies: boolean;
  /** What is being done to it. */
  readonly operation: Operation | undefined;
}
