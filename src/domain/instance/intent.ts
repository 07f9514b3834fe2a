import type { Operation } from '../../api/instance.ts';
import type { Explained } from '../conditions.ts';
import type { UnfinishedMigration } from '../observed.ts';
import type { InstanceObservation, Target } from './observation.ts';
import type { AwaitReason, StallReason } from './reasons.ts';

/** What a facet wants to be done next. */
export type Intent =
  | {
      readonly kind: 'Operate';
      readonly operation: Exclude<Operation['type'], 'Migrate'>;
      readonly step:
        | { readonly kind: 'Define' }
        | { readonly kind: 'Restart'; readonly bootId: string }
        | { readonly kind: 'Wait' };
    }
  | { readonly kind: 'AbortMigration'; readonly migrationUid: string }
  /** The backend moves the VM for somebody who holds no lock: the lock goes to that migration until it is over. */
  | { readonly kind: 'GiveWay'; readonly migration: UnfinishedMigration }
  /** Write on the VM whose it is. */
  | { readonly kind: 'Claim'; readonly vmUid: string }
  /** Say what is about to be taken over first: once the VM is ours, it can't be seen any more. */
  | { readonly kind: 'TakeNote' }
  /** Somebody else is at work; the lock stays with them. */
  | { readonly kind: 'Yield'; readonly because: string }
  /** It goes on by itself, and soon; or when the VM that is in the way has been removed. */
  | ({ readonly kind: 'Await'; readonly removes?: boolean } & Explained<AwaitReason>)
  /** Nothing will help but a change by the user, here or of what stands in the way. */
  | ({ readonly kind: 'Stall' } & Explained<StallReason>);

/** One concern of an Instance. The first facet of the list that wants something is heard. */
export type Facet = (observation: InstanceObservation, target: Target) => Intent | undefined;
