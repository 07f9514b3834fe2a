import * as z from 'zod';

/** A rule that needs the old object as well: only the API server can say it. */
interface TransitionRule {
  readonly cel: string;
  readonly message: string;
  /** Field that the message speaks of, below the object that has the rule. */
  readonly field?: string;
  /** Asked also where there is no old object; `oldSelf` is an optional then. */
  readonly onCreation?: true;
}

/** A rule across fields: CEL for the API server, a predicate for zod. Both are run against one accept/reject table. */
interface Rule<T> extends TransitionRule {
  holds(value: T): boolean;
}

/** Adds rules to a schema, for the API server (as `x-kubernetes-validations`) and for zod alike. */
export function withRules<S extends z.ZodType>(
  schema: S,
  rules: readonly Rule<z.output<S>>[],
  transitions: readonly TransitionRule[] = [],
): S {
  const refined = rules.reduce<S>(
    (current, rule) =>
      current.refine((value) => rule.holds(value), {
        error: rule.message,
        path: rule.field === undefined ? [] : [rule.field],
        // As the API server does: what breaks the schema is not asked for its rules.
        when: ({ issues }) => issues.length === 0,
      }),
    schema,
  );
  return refined.meta({
    ...schema.meta(),
    'x-kubernetes-validations': [...rules, ...transitions].map(({ cel, message, field, onCreation }) => ({
      rule: cel,
      message,
      ...(field === undefined ? {} : { fieldPath: `.${field}` }),
      ...(onCreation === undefined ? {} : { optionalOldSelf: true }),
    })),
  });
}

/** A list whose entries are known by their name: the API server refuses doubles and server-side apply merges by name. */
export function listMapByName<S extends z.ZodType<{ name: string }>>(entry: S, maximum: number) {
  return z
    .array(entry)
    .min(1)
    .max(maximum)
    .superRefine((entries, context) => {
      entries.forEach(({ name }, index) => {
        if (entries.findIndex((other) => other.name === name) < index) {
          context.addIssue({ code: 'custom', message: 'Duplicate value', path: [index] });
        }
      });
    })
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] });
}

/** An object of which exactly one field must be set. */
export function oneOf<S extends z.ZodObject>(schema: S): S {
  return schema
    .refine((value) => Object.values(value).filter((field) => field !== undefined).length === 1, {
      error: `exactly one of ${Object.keys(schema.shape).join(', ')} must be set`,
    })
    .meta({ ...schema.meta(), minProperties: 1, maxProperties: 1 });
}

/** RFC 1123 label of at most so many characters. */
export function labelUpTo(characters: number) {
  return z
    .string()
    .max(characters)
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
}

/** RFC 1123 label: names of Instances, networks and the like. */
export const Label = labelUpTo(63);

/** RFC 1123 subdomain: names of objects. */
export const ObjectName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);

/** A Kubernetes quantity of bytes, at least one byte: `4Gi`, `512M`, `1073741824`. */
export const ByteQuantity = z
  .string()
  .max(32)
  .regex(/^[1-9][0-9]*(Ki|Mi|Gi|Ti|k|M|G|T)?$/);

/**
 * Names of libvirt's storage pools and volumes. No slash, and no dash in front: they end up in paths and in arguments of
 * commands.
 */
export const StorageName = z
  .string()
  .max(253)
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.:@+-]*$/);

/** A length of time as Go writes it, in hours, minutes and seconds, each up to 99999: `4h`, `1h30m`, `90s`. */
export const Duration = z
  .string()
  .regex(
    /^([1-9][0-9]{0,4}h([1-9][0-9]{0,4}m)?([1-9][0-9]{0,4}s)?|[1-9][0-9]{0,4}m([1-9][0-9]{0,4}s)?|[1-9][0-9]{0,4}s)$/,
  );

/** RFC 3339 instant in UTC. */
export const Timestamp = z.iso.datetime();

/**
 * A map of bounded size whose keys have a pattern. A CRD's schema can't say it of keys, so a rule does; the bound keeps
 * the cost of that rule in the API server's budget.
 */
function mapWithKeys<S extends z.ZodType>(value: S, keys: { pattern: RegExp; are: string; maximum: number }) {
  const map = z.record(z.string(), value).refine((entries) => Object.keys(entries).length <= keys.maximum, {
    error: `must have at most ${keys.maximum} entries`,
  });
  return withRules(map, [
    {
      cel: `self.all(key, key.matches(r'${keys.pattern.source}'))`,
      message: `keys must be ${keys.are}`,
      holds: (entries) => Object.keys(entries).every((key) => keys.pattern.test(key)),
    },
  ]).meta({ maxProperties: keys.maximum });
}

/** Labels and their values that a node must have. */
export const NodeSelector = mapWithKeys(
  z
    .string()
    .max(63)
    .regex(/^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/),
  {
    pattern: /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/,
    are: 'names of labels',
    maximum: 16,
  },
);

/** MAC addresses by network name. An odd first byte is that of a group of machines, which no machine can have. */
export const MacAddresses = mapWithKeys(
  z
    .string()
    .max(17)
    .regex(/^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/),
  { pattern: /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, are: 'names of networks', maximum: 8 },
);
