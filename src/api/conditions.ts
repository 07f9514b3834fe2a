import * as z from 'zod';
import { Timestamp } from './schema.ts';

/** A standard Kubernetes condition (meta/v1). */
export const Condition = z.object({
  type: z.string().describe('What is said, for example Ready.'),
  status: z.enum(['True', 'False', 'Unknown']).describe('Whether it is so.'),
  observedGeneration: z.int().optional().describe('Generation of the spec that it was said of.'),
  lastTransitionTime: Timestamp.describe('When the status last changed.'),
  reason: z
    .string()
    .max(1024)
    .regex(/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/)
    .describe('Why, in one word for programs.'),
  message: z.string().max(32768).describe('Why, in a sentence for people.'),
});
export type Condition = z.infer<typeof Condition>;

export const Conditions = z
  .array(Condition)
  .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] })
  .describe('What can be said of the object, one entry a type.');
