import * as z from 'zod';
import { Conditions } from './conditions.ts';
import { Cpu, Disks, Machine, Memory, Networks } from './hardware.ts';
import { Metadata } from './metadata.ts';
import { isDeeperThan } from './nesting.ts';
import { OnExpiry, Rescue } from './rescue.ts';
import { Label, MacAddresses, NodeSelector, Timestamp, withRules } from './schema.ts';

const DRIVERS = ['kubevirt', 'libvirt', 'memory'] as const;
export const DriverName = z.enum(DRIVERS);
export type DriverName = z.infer<typeof DriverName>;

const Identity = z.object({
  // Any UUID: what is adopted from elsewhere need not have a version that RFC 9562 knows.
  firmwareUUID: z
    .guid()
    .max(36)
    .optional()
    .describe(
      "UUID that the firmware shows to the guest. Default: the adopted VM's, else the Instance's uid.",
    ),
  serial: z
    .string()
    .max(64)
    .regex(/^[A-Za-z0-9._-]+$/)
    .optional()
    .describe(
      "Serial number that the firmware shows to the guest. Default: the adopted VM's, else the firmware UUID.",
    ),
  macAddresses: MacAddresses.optional().describe(
    "MAC addresses by network name, lower case with colons. Default: the adopted VM's, else made from the Instance's uid.",
  ),
});

/** Far more than a VirtualMachineInstance template has. The API server can't say it; the operator would run out of stack. */
const DEEPEST_TEMPLATE = 64;
const DeletionPolicy = z.enum(['Delete', 'Retain']);
export type DeletionPolicy = z.infer<typeof DeletionPolicy>;

const portable = ['cpu', 'memory', 'machine', 'disks', 'networks'] as const;

export const InstanceSpec = withRules(
  z.object({
    driver: DriverName.optional().describe(
      "What runs the VM. Default: the operator's configuration. Immutable.",
    ),
    powerState: z.enum(['Running', 'Stopped']).default('Running').describe('Whether the VM should run.'),
    cpu: Cpu.optional(),
    memory: Memory.optional(),
    machine: Machine.optional(),
    disks: Disks.optional(),
    networks: Networks.optional(),
    placement: z
      .object({ nodeSelector: NodeSelector.optional().describe('Labels that the node of the VM must have.') })
      .optional()
      .describe('Which nodes the VM may run on.'),
    evacuation: z
      .object({
        policy: z
          .enum(['LiveMigrate', 'Block'])
          .default('LiveMigrate')
          .describe('LiveMigrate: a drain moves the VM. Block: it holds the drain and says why.'),
        priority: z
          .int()
          .min(-1_000)
          .max(1_000)
          .default(0)
          .describe('Whose turn it is in a drain: the VM with the higher number goes first.'),
      })
      .optional()
      .describe('What `kubectl drain` of its node means for this VM.'),
    deletionPolicy: DeletionPolicy.default('Delete').describe(
      'What becomes of the VM when the Instance is deleted.',
    ),
    identity: Identity.optional().describe('What the guest must never see change. Immutable.'),
    kubevirt: z
      .object({
        template: z
          .record(z.string(), z.unknown())
          .refine((template) => !isDeeperThan(template, DEEPEST_TEMPLATE), {
            error: `must not be nested more than ${DEEPEST_TEMPLATE} levels deep`,
          })
          .describe('A VirtualMachineInstance template (metadata, spec), kept as it is given.')
          .meta({ 'x-kubernetes-preserve-unknown-fields': true }),
      })
      .optional()
      .describe(
        'A native KubeVirt template in place of cpu, memory, machine, disks and networks (driver kubevirt).',
      ),
    rescue: Rescue.optional(),
  }),
  [
    {
      cel: `has(self.kubevirt) != (has(self.memory) && has(self.disks)) && (!has(self.kubevirt) || !(${portable.map((field) => `has(self.${field})`).join(' || ')}))`,
      message: 'set either memory and disks (with cpu, machine, networks), or kubevirt.template, not both',
      holds: (spec) =>
        spec.kubevirt === undefined
          ? spec.memory !== undefined && spec.disks !== undefined
          : portable.every((field) => spec[field] === undefined),
    },
  ],
  [
    {
      field: 'driver',
      cel: 'has(self.driver) == has(oldSelf.driver) && (!has(self.driver) || self.driver == oldSelf.driver)',
      message: 'driver is immutable: delete the Instance and create it anew',
    },
    {
      field: 'identity',
      cel: 'has(self.identity) == has(oldSelf.identity) && (!has(self.identity) || self.identity == oldSelf.identity)',
      message: 'identity is immutable: the guest must never see it change',
    },
    {
      field: 'identity.macAddresses',
      onCreation: true,
      // Only then: a network may be removed later, when its address can't be removed any more.
      cel: 'oldSelf.hasValue() || !has(self.identity) || !has(self.identity.macAddresses) || self.identity.macAddresses.all(name, has(self.networks) && self.networks.exists(network, network.name == name))',
      message:
        'macAddresses are those of spec.networks, by their names; in a kubevirt.template an interface has its own macAddress',
    },
  ],
);
export type InstanceSpec = z.infer<typeof InstanceSpec>;

const INSTANCE_STATES = [
  'Pending',
  'Starting',
  'Running',
  'Paused',
  'Stopping',
  'Stopped',
  'Rescuing',
  'Rescued',
  'Unrescuing',
  'Failed',
  'Unknown',
] as const;
export const InstanceState = z.enum(INSTANCE_STATES);
export type InstanceState = z.infer<typeof InstanceState>;

/** What is being done to an Instance: the one lock (at most one operation at a time). */
export const Operation = z.object({
  type: z.enum(['Start', 'Stop', 'Rescue', 'Unrescue', 'Migrate']).describe('What is being done.'),
  uid: z.string().describe('The uid of the object that does it: the Instance itself, or a LiveMigration.'),
  startedAt: Timestamp.describe('When it began.'),
});
export type Operation = z.infer<typeof Operation>;

/** Identity as it was frozen at the first boot. */
export const ResolvedIdentity = z.object({
  firmwareUUID: z.string().describe('UUID that the firmware shows to the guest.'),
  serial: z.string().describe('Serial number that the firmware shows to the guest.'),
  macAddresses: z.record(z.string(), z.string()).describe('MAC addresses by network name.'),
});
export type ResolvedIdentity = z.infer<typeof ResolvedIdentity>;

export const InstanceStatus = z
  .object({
    observedGeneration: z
      .int()
      .describe('Generation of the spec that this status speaks of; -1 before the first.'),
    state: InstanceState.optional().describe('For people; computed from what is there.'),
    powerState: z.enum(['Running', 'Stopped']).optional().describe('Whether the VM runs.'),
    node: z.string().optional().describe('Node that the VM runs on.'),
    resolved: z
      .object({
        driver: DriverName.describe('What runs the VM.'),
        identity: ResolvedIdentity.describe('What the guest never sees change.'),
      })
      .optional()
      .describe('Identity and defaults, frozen at the first boot.'),
    rescue: z
      .object({
        since: Timestamp.describe(
          'When the rescue was begun, not when its system was up: the lease counts from here, so that a rescue system that never boots expires, too.',
        ),
        image: z.string().describe('What the rescue system is booted from.'),
        session: z.string().describe('Fingerprint of the rescue system; a changed one is a new rescue.'),
        expiresAt: Timestamp.optional().describe(
          'When the lease expires: expiresAfter after since. Absent where it does not expire.',
        ),
        expired: z
          .object({
            action: OnExpiry.describe('What was done then.'),
            lease: z
              .string()
              .describe(
                'Fingerprint of the spec.rescue that has expired. Where it ended the rescue, another spec.rescue begins a new one.',
              ),
          })
          .optional()
          .describe('That the lease has expired.'),
      })
      .optional()
      .describe(
        'The rescue that is in force, or was ended by its lease; absent where spec.rescue asks for none.',
      ),
    placement: z
      .object({ node: z.string().describe('Name of the node.') })
      .optional()
      .describe(
        'Node that the VM is stored on, or is about to be, where Kubernetes places it (driver libvirt). It is kept while nothing is heard of that node, so that the VM is not made a second time elsewhere.',
      ),
    operation: Operation.optional().describe('The one thing that is being done to the Instance.'),
    migration: z
      .object({
        name: z.string().describe('Name of the LiveMigration.'),
        source: z.string().describe('Node that the VM leaves.'),
        destination: z.string().optional().describe('Node that the VM goes to, once it is known.'),
      })
      .optional()
      .describe('The LiveMigration that is under way.'),
    evacuation: z
      .object({
        node: z.string().describe('Node that is being drained.'),
        podUID: z.string().describe('The uid of the pod whose eviction was asked for.'),
        requestedAt: Timestamp.describe(
          'When it was last asked for. A drain asks every few seconds; one that is silent has ended.',
        ),
      })
      .optional()
      .describe('That the eviction of the VM from its node was asked for, as `kubectl drain` does.'),
    conditions: Conditions.optional(),
  })
  .meta({ 'x-kubernetes-map-type': 'atomic' });
export type InstanceStatus = z.infer<typeof InstanceStatus>;

export const Instance = z
  .object({
    metadata: Metadata.extend({ name: Label }),
    spec: InstanceSpec.describe('What the VM should be. The operator never writes it.'),
    status: InstanceStatus.optional().describe('What the VM is. Only the operator writes it.'),
  })
  .describe('A virtual machine that can be rescued, and live-migrated while it is.');
export type Instance = z.infer<typeof Instance>;
