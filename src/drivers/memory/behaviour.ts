/** What goes wrong with a VM of this driver: its name says it, so that a manifest can ask for it. */
export type Behaviour =
  | 'Plain' /** Nothing goes wrong. */
  | 'BootFails' /** `…-boot-fails`: no boot ever succeeds. */
  | 'RescueFails' /** `…-rescue-fails`: a normal boot succeeds, a rescue boot never does. */
  | 'MigrationFails' /** `…-migration-fails`: each migration fails when half of the memory is there. */
  | 'AbortTooLate' /** `…-abort-too-late`: a migration that is told to abort succeeds all the same. */
  | 'Slow' /** `…-slow`: the transfer takes many times longer. */
  | 'NotMigratable'; /** `…-not-migratable`: it can't be moved live. */

const SUFFIXES: readonly (readonly [suffix: string, behaviour: Behaviour])[] = [
  ['-boot-fails', 'BootFails'],
  ['-rescue-fails', 'RescueFails'],
  ['-migration-fails', 'MigrationFails'],
  ['-abort-too-late', 'AbortTooLate'],
  ['-slow', 'Slow'],
  ['-not-migratable', 'NotMigratable'],
];

/** How the VM of that name behaves. */
export function behaviourOf(name: string): Behaviour {
  return SUFFIXES.find(([suffix]) => name.endsWith(suffix))?.[1] ?? 'Plain';
}
