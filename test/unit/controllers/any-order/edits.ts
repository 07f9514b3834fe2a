import fc from 'fast-check';
import type * as z from 'zod';
import type { InstanceSpec } from '../../../../src/api/instance.ts';
import type { Rescue } from '../../../../src/api/rescue.ts';
import { aDisk } from '../../../builders/instance.ts';

export type Spec = z.input<typeof InstanceSpec>;
/** The API server holds the first two; templates are for one driver only. */
type Editable = Exclude<keyof Spec, 'driver' | 'identity' | 'kubevirt'>;
type RescueSpec = z.input<typeof Rescue>;

/** `undefined`: the field is taken out. */
type Values<T> = { readonly [F in keyof T]-?: fc.Arbitrary<T[F] | undefined> };

const ROOT = aDisk({ source: { containerDisk: { image: 'registry.example/root:1' } } });
const DATA = aDisk({
  name: 'data',
  bus: 'scsi',
  source: { containerDisk: { image: 'registry.example/data:1' } },
});
const SEED = aDisk({ name: 'seed', device: 'CDROM', source: { cloudInit: { secretName: 'seed' } } });

const RESCUE = {
  source: fc
    .constantFrom('1', '2')
    .map((tag) => ({ containerDisk: { image: `registry.example/rescue:${tag}` } })),
  device: fc.constantFrom(undefined, 'CDROM', 'Disk'),
  bus: fc.constantFrom(undefined, 'sata', 'scsi'),
  credentials: fc.constantFrom(undefined, { secretName: 'login' }),
  expiresAfter: fc.constantFrom(undefined, undefined, '20s', '2m', '1h'),
  onExpiry: fc.constantFrom(undefined, 'Unrescue', 'Stop', 'Keep'),
} satisfies Values<RescueSpec>;

/** Any rescue. */
export const RESCUES: fc.Arbitrary<RescueSpec> = fc.record(RESCUE);

/** Every field that may be edited: one that is added to the API must be added here. */
const FIELDS = {
  powerState: fc.constantFrom('Running', 'Stopped'),
  cpu: fc.constantFrom(undefined, { cores: 2 }, { cores: 4 }),
  memory: fc.constantFrom('1Gi', '2Gi'),
  machine: fc.constantFrom(undefined, { firmware: 'UEFI' }),
  disks: fc.constantFrom([ROOT], [ROOT, DATA], [DATA, ROOT], [ROOT, SEED]),
  networks: fc.constantFrom(undefined, [{ name: 'default', podNetwork: {} }]),
  placement: fc.constantFrom(undefined, { nodeSelector: { zone: 'x' } }, { nodeSelector: { zone: 'y' } }),
  evacuation: fc.constantFrom(undefined, { policy: 'Block' }, { policy: 'LiveMigrate', priority: 5 }),
  deletionPolicy: fc.constantFrom('Delete', 'Retain'),
  rescue: fc.option(RESCUES, { nil: undefined }),
} satisfies Values<Pick<Spec, Editable>>;

/** An edit of one field, with its new value. */
export const EDITS: fc.Arbitrary<Partial<Spec>> = fc.oneof(
  ...Object.entries(FIELDS).map(([field, values]) => fc.record({ [field]: values as fc.Arbitrary<unknown> })),
);

/** As little as runs. */
export const FIRST_SPEC: Spec = { memory: '1Gi', disks: [ROOT] };
