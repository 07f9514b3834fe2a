import { IndexTable } from '../runtime/index-table.ts';

const BY_DISK = 'disk';

/** The disks that VMs hold, by VM and by disk: kept up to date with what the driver tells, and complete when it has started. */
export class DiskUse {
  readonly #disks = new Map<string, readonly string[]>();
  readonly #vms = new IndexTable<readonly string[]>({ [BY_DISK]: (disks) => disks });

  /** Keys (`namespace/name`) of the VMs that hold a disk. */
  holdersOf(disk: string): readonly string[] {
    return [...this.#vms.keys(BY_DISK, disk)];
  }

  /** Notes what a VM holds now. @returns what it holds, and what it has held until now */
  note(vm: string, disks: readonly string[]): readonly string[] {
    const before = this.#disks.get(vm) ?? [];
    this.#vms.remove(vm, before);
    this.#vms.add(vm, disks);
    if (disks.length === 0) this.#disks.delete(vm);
    else this.#disks.set(vm, disks);
    return [...new Set([...before, ...disks])];
  }
}
