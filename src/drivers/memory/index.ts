import type { ObservedNode } from '../../domain/observed.ts';
import type { Driver } from '../driver.ts';
import { MemoryDriver } from './memory-driver.ts';
import type { MemoryClock, MemoryPlacement } from './settings.ts';

export type { MemoryPlacement } from './settings.ts';

const clock: MemoryClock = {
  now: () => Date.now(),
  setTimeout(callback, ms) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/** The memory driver in real time, with VMs on the nodes of the cluster. */
export function memoryDriver(environment: {
  readonly memoryPlacement: MemoryPlacement;
  nodes(): readonly ObservedNode[];
}): Driver {
  const { memoryPlacement: placement } = environment;
  return new MemoryDriver({ clock, placement, nodes: () => environment.nodes() });
}
