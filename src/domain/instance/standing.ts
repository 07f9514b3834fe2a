import type { Instance } from '../../api/instance.ts';
import { ADOPT_ANNOTATION } from '../../api/names.ts';
import type { ObservedVm } from '../observed.ts';

/** What the VM of an Instance's name is to the Instance. */
export type Standing =
  | 'None' /** There is no such VM. */
  | 'Own' /** It is the Instance's. */
  | 'ToTakeOver' /** It was retained by an Instance that is gone, or is to be adopted. */
  | 'Leaving' /** It goes with an Instance that is gone. */
  | 'Foreign'; /** It is none of the Instance's business. */

/** What decides it. */
interface Parties {
  readonly instance: Instance;
  readonly vm: ObservedVm | undefined;
  /** Name of another Instance that the VM belongs to; `undefined`: it belongs to none that is there. */
  readonly vmOwner: string | undefined;
}

/** What the VM that is there under an Instance's name is to it, from what is written on both. */
export function standingOf({ instance, vm, vmOwner }: Parties): Standing {
  if (vm === undefined) return 'None';
  const { ownership } = vm;
  switch (ownership.kind) {
    case 'Nobody':
      return isAdopting(instance) ? 'ToTakeOver' : 'Foreign';
    case 'Other':
      return 'Foreign';
    case 'Instance':
      if (ownership.uid === instance.metadata.uid) return 'Own';
      if (vmOwner !== undefined) return 'Foreign';
      return ownership.deletionPolicy === 'Delete' ? 'Leaving' : 'ToTakeOver';
  }
}

function isAdopting({ metadata }: Instance): boolean {
  return metadata.annotations?.[ADOPT_ANNOTATION] === 'true';
}
