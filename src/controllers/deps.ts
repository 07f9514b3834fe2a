import type { Logger } from 'pino';
import type { Instance } from '../api/instance.ts';
import type { LiveMigration } from '../api/live-migration.ts';
import type { Minimum } from '../domain/node/minimum.ts';
import type { MetadataWriter } from '../kube/metadata-writer.ts';
import type { StatusWriter } from '../kube/status-writer.ts';
import type { BusinessEvents } from '../telemetry/business-events.ts';
import type { Unreadable } from '../runtime/unreadable.ts';
import type { DrainSettings } from '../domain/evacuation/plan.ts';
import type { EvacuationWriter } from './evacuation/writer.ts';
import type { Node } from '../api/node.ts';
import type { World } from './world.ts';

/** What the controllers work with. */
export interface ControllerDeps {
  readonly world: World;
  readonly instanceStatus: StatusWriter<Instance>;
  readonly migrationStatus: StatusWriter<LiveMigration>;
  readonly unreadableInstanceStatus: StatusWriter<Unreadable>;
  readonly unreadableMigrationStatus: StatusWriter<Unreadable>;
  readonly instanceFinalizers: MetadataWriter<Instance>;
  readonly nodeLabels: MetadataWriter<Node>;
  /** What a node's hypervisor must be at least, by role. */
  readonly minimum: Minimum;
  readonly evacuationWriter: EvacuationWriter;
  readonly drain: DrainSettings;
  readonly events: BusinessEvents;
  readonly logger: Logger;
  /** Whether this process may still act: an order to a driver has no precondition of its own. */
  mayAct(): boolean;
}
