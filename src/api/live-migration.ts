import * as z from 'zod';
import { Conditions } from './conditions.ts';
import { InstanceState } from './instance.ts';
import { Metadata } from './metadata.ts';
import { ByteQuantity, Duration, Label, NodeSelector, ObjectName, Timestamp, withRules } from './schema.ts';

export const MigrationPolicy = z.object({
  completionTimeout: Duration.optional().describe(
    'How long the transfer may take, in hours, minutes and seconds, for example 30m; queueing does not count. Default: without end.',
  ),
  onTimeout: z
    .enum(['Abort', 'ForceComplete'])
    .default('Abort')
    .describe('What happens when completionTimeout is over.'),
  autoConverge: z
    .boolean()
    .optional()
    .describe("Slow the guest down where it writes faster than it can be copied. Default: the driver's."),
  postCopy: z
    .boolean()
    .optional()
    .describe(
      "Let the guest run on the destination before all of its memory is there. Default: the driver's.",
    ),
  bandwidth: ByteQuantity.optional().describe(
    'Upper limit of the transfer in bytes per second, for example 1Gi. Default: none.',
  ),
});
export type MigrationPolicy = z.infer<typeof MigrationPolicy>;

const Destination = withRules(
  z.object({
    nodeName: ObjectName.optional().describe('Name of the node.'),
    nodeSelector: NodeSelector.optional().describe('Any node with these labels.'),
  }),
  [
    {
      cel: '!(has(self.nodeName) && has(self.nodeSelector))',
      message: 'set nodeName or nodeSelector, not both',
      holds: (destination) => !(destination.nodeName !== undefined && destination.nodeSelector !== undefined),
    },
  ],
);

/** Fields that never change; the two that are left, abort and forceComplete, may go from false to true. */
const immutable = ['instanceName', 'destination', 'policy'] as const;

export const LiveMigrationSpec = withRules(
  z.object({
    instanceName: Label.describe('Instance in the same namespace that is to move.'),
    destination: Destination.optional().describe(
      'Where to. Neither nodeName nor nodeSelector: any capable node.',
    ),
    policy: MigrationPolicy.optional().describe('How. A field that the driver cannot honour is refused.'),
    abort: z.boolean().default(false).describe('Stop the migration; may only go from false to true.'),
    forceComplete: z
      .boolean()
      .default(false)
      .describe('End the migration even if the guest must pause; may only go from false to true.'),
  }),
  [],
  [
    ...immutable.map((field) => ({
      field,
      cel: `has(self.${field}) == has(oldSelf.${field}) && (!has(self.${field}) || self.${field} == oldSelf.${field})`,
      message: `${field} is immutable: create another LiveMigration`,
    })),
    {
      field: 'abort',
      cel: '!oldSelf.abort || self.abort',
      message: 'abort cannot be taken back: create another LiveMigration',
    },
    {
      field: 'forceComplete',
      cel: '!oldSelf.forceComplete || self.forceComplete',
      message: 'forceComplete cannot be taken back',
    },
  ],
);
export type LiveMigrationSpec = z.infer<typeof LiveMigrationSpec>;

const MIGRATION_PHASES = [
  'Queued',
  'Preparing',
  'Running',
  'PostCopy',
  'Completing',
  'Succeeded',
  'Failed',
  'Aborted',
] as const;
export const MigrationPhase = z.enum(MIGRATION_PHASES);
export type MigrationPhase = z.infer<typeof MigrationPhase>;

const bytes = (what: string) =>
  z.int().optional().describe(`${what}, in bytes; absent where the driver doesn't say.`);

export const Progress = z.object({
  percent: z
    .int()
    .min(0)
    .max(100)
    .optional()
    .describe("Percent of memory and disks together; absent where the driver doesn't say."),
  memoryTotalBytes: bytes("The guest's memory"),
  memoryProcessedBytes: bytes('Memory that was sent'),
  memoryRemainingBytes: bytes('Memory that is still to be sent'),
  diskTotalBytes: bytes('Disks that are copied'),
  diskProcessedBytes: bytes('Disk data that was sent'),
  diskRemainingBytes: bytes('Disk data that is still to be sent'),
  observedTime: Timestamp.describe('When these figures were taken.'),
});
export type Progress = z.infer<typeof Progress>;

export const LiveMigrationStatus = z
  .object({
    observedGeneration: z
      .int()
      .describe('Generation of the spec that this status speaks of; -1 before the first.'),
    phase: MigrationPhase.optional().describe(
      'How far it is; Failed and Aborted appear only after clean-up.',
    ),
    instanceState: InstanceState.optional().describe('State of the Instance when the migration began.'),
    source: z
      .object({ node: z.string().describe('Name of the node.') })
      .optional()
      .describe('Where the VM comes from.'),
    destination: z
      .object({ node: z.string().describe('Name of the node.') })
      .optional()
      .describe('Where the VM goes to, once it is known.'),
    progress: Progress.optional().describe(
      'How far the transfer is; absent where the driver has no figures.',
    ),
    attempts: z.int().optional().describe('How often the driver was asked.'),
    startTime: Timestamp.optional().describe('When the transfer began.'),
    completionTime: Timestamp.optional().describe('When the migration was over, whichever way.'),
    transferMilliseconds: z.int().optional().describe('How long the transfer took, in milliseconds.'),
    downtimeMilliseconds: z
      .int()
      .optional()
      .describe('How long the guest stood still, in milliseconds, where the driver says it.'),
    outcome: z
      .object({ node: z.string().describe('Name of the node.') })
      .optional()
      .describe('Where the guest is when all is over; absent where it runs nowhere.'),
    conditions: Conditions.optional(),
  })
  .meta({ 'x-kubernetes-map-type': 'atomic' });
export type LiveMigrationStatus = z.infer<typeof LiveMigrationStatus>;

export const LiveMigration = z
  .object({
    metadata: Metadata,
    spec: LiveMigrationSpec.describe('What is asked for. It never changes, but for abort and forceComplete.'),
    status: LiveMigrationStatus.optional().describe('How far it is. Only the operator writes it.'),
  })
  .describe('One live migration of an Instance, running or rescued; kept when it is over.');
export type LiveMigration = z.infer<typeof LiveMigration>;
