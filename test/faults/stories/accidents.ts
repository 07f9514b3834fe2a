import type { InstanceFailures } from '../../kubevirt-simulator/faults.ts';

/** What can go wrong with one machine until it is healed. */
export const BREAKS = {
  doesNotBoot: { doesNotBoot: true },
  migrationFails: { migrationFails: 'operation failed: by chance' },
  targetPodCrashes: { targetPod: 'crash' },
  targetPodCrashesLate: { targetPod: 'crash-prepared' },
  abortFails: { abortFails: true },
  guestIsKilled: { killed: true },
} as const satisfies Record<string, InstanceFailures>;

export type Break = keyof typeof BREAKS;

/** What somebody deletes behind the operator's back. */
export type Victim = 'VirtualMachine' | 'VirtualMachineInstance' | 'Pod' | 'VirtualMachineInstanceMigration';
