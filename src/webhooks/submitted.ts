import * as z from 'zod';
import { Instance } from '../api/instance.ts';
import { LiveMigration } from '../api/live-migration.ts';
import { Metadata } from '../api/metadata.ts';
import { firstIssue } from '../api/first-issue.ts';
import { safeParse } from '../api/safe-parse.ts';
import { keptAsItIs } from '../domain/kept-as-it-is.ts';
import type { Admitted } from '../domain/verdict.ts';
import { jsonEqual } from '../kube/json-equal.ts';
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

export type Submission<T> = { readonly kind: 'Read'; readonly object: T } | Refusal | Admitted;

/** `old` is the object as it was; undefined: it is being created. */
export function readInstance(value: unknown, old?: unknown): Submission<SubmittedInstance> {
  return read(SubmittedInstance, 'Instance', value, old);
}

/** `old` is the object as it was; undefined: it is being created. */
export function readLiveMigration(value: unknown, old?: unknown): Submission<SubmittedMigration> {
  return read(SubmittedMigration, 'LiveMigration', value, old);
}

/** The spec that an object had before; `undefined`: there was none, or it can't be read and this request mends it. */
export function specBefore<T extends { spec: unknown }>(submission: Submission<T>): T['spec'] | undefined {
  return submission.kind === 'Read' ? submission.object.spec : undefined;
}

/**
 * What is wrong already, and is left as it is, is let in, as the API server does with its own schema: a field that a newer
 * version refuses must not hold up the edit of another, or what mends one of two.
 */
function read<T>(
  schema: z.ZodType<T>,
  kind: 'Instance' | 'LiveMigration',
  value: unknown,
  old: unknown,
): Submission<T> {
  const { success, data, error } = safeParse(schema, value);
  if (success) return { kind: 'Read', object: data };
  const isLeft = ({ path }: z.core.$ZodIssue) =>
    path.length > 0 &&
    valueAt(old, path) !== undefined &&
    jsonEqual(valueAt(value, path), valueAt(old, path));
  return error.issues.every(isLeft)
    ? keptAsItIs(firstIssue(error, kind))
    : { kind: 'Refused', code: 400, message: `${firstIssue(error, kind)}. Correct it and try again.` };
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
    value,
  );
}
