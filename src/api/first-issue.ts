import type * as z from 'zod';
import { toDotPath } from 'zod/v4/core';

/** Keys of an object may be of any length and come from anybody. */
const LONGEST = 300;

/** The first thing that is wrong with a value, in one line: `Instance.spec.disks[0].name: Invalid input`. */
export function firstIssue(error: z.ZodError, root?: string): string {
  const [issue] = error.issues;
  const path = toDotPath([...(root === undefined ? [] : [root]), ...(issue?.path ?? [])]);
  return `${path}: ${issue?.message ?? 'is not valid'}`.slice(0, LONGEST);
}
