import type { DrainSettings } from '../../domain/evacuation/plan.ts';
import type { ControllerDeps } from '../deps.ts';
import type { Cancellations } from './cancellations.ts';
import type { Orders } from './orders.ts';
import type { EvacuationWriter } from './writer.ts';

/** What the controller of drains works with. */
export interface EvacuationDeps extends Pick<ControllerDeps, 'world' | 'logger' | 'mayAct'> {
  readonly events: Pick<ControllerDeps['events'], 'evacuation'>;
  readonly evacuationWriter: Pick<EvacuationWriter, 'start' | 'abort' | 'remove'>;
  readonly drain: DrainSettings;
  readonly orders: Orders;
  readonly cancellations: Cancellations;
  /** By Instance: why it was last said to be blocked; tells which Events are news, and nothing else. */
  readonly told: Map<string, string>;
}
