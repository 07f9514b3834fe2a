import { z } from 'zod';
import { Instance } from '../api/instance.ts';
import { LiveMigration } from '../api/live-migration.ts';
import { Metadata } from '../api/metadata.ts';
import { firstIssue } from '../api/first-issue.ts';
import type { Refusal } from './review.ts';

/** While an object is being created, the API server has not given it all of its metadata yet. */
const SubmittedMetadata = Metadata.extend({
  uid: z.string().default(''),
  resourceVersion: z.string().default(''),
  generation: z.int().default(1),
  creationTimestamp: z.string().default(''),
});

/** An Instance as it is asked for. Its status is left out: what is seen says more than what a request carries. */
const SubmittedInstance = z.object({ metadata: SubmittedMetadata, spec: Instance.shape.spec });
type SubmittedInstance = z.infer<typeof SubmittedInstance>;

const SubmittedMigration = z.object({ metadata: SubmittedMetadata, spec: LiveMigration.shape.spec });
type SubmittedMigration = z.infer<typeof SubmittedMigration>;

export type Submission<T> = { readonly kind: 'Read'; readonly object: T } | Refusal;

export function readInstance(value: unknown): Submission<SubmittedInstance> {
  return read(SubmittedInstance, value, 'Instance');
}

export function readLiveMigration(value: unknown): Submission<SubmittedMigration> {
  return read(SubmittedMigration, value, 'LiveMigration');
}

/** The spec that an object had before; `undefined`: there was none, or it can't be read and this request mends it. */
export function specBefore<T extends { spec: unknown }>(submission: Submission<T>): T['spec'] | undefined {
  return submission.kind === 'Read' ? submission.object.spec : undefined;
}

function read<T>(schema: z.ZodType<T>, value: unknown, kind: string): Submission<T> {
  const { success, data, error } = schema.safeParse(value);
  return success
    ? { kind: 'Read', object: data }
    : { kind: 'Refused', code: 400, message: `${firstIssue(error, kind)}. Correct it and try again.` };
}
