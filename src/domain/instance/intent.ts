import type { Operation } from '../../api/instance.ts';
import type { UnfinishedMigration } from '../observed.ts';
import type { InstanceObservation, Target } from './observation.ts';
import type { StallReason } from './reasons.ts';

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
  /** Somebody else is at work; the lock stays with them. */
  | { readonly kind: 'Yield'; readonly because: string }
  /** Nothing will help but a change by the user. */
  | { readonly kind: 'Stall'; readonly reason: StallReason; readonly message: string };

/** One concern of an Instance. The first facet of the list that wants something is heard. */
export type Facet = (observation: InstanceObservation, target: Target) => Intent | undefined;
