import type * as z from 'zod';
import type { Invocation } from './command.ts';
import { Complaint } from './complaint.ts';

/** By the path of a field: the flag that gives it, and how it is to be written. */
export type FlagsOfFields = Readonly<Record<string, readonly [flag: string, how: string]>>;

/** Which word of the command line can't be used, where a schema refuses a field that it gives. Pure. */
export function blameFlag(
  { issues: [issue] }: z.ZodError,
  flags: FlagsOfFields,
  invocation: Invocation,
): Complaint {
  const path = (issue?.path ?? []).join('.');
  const [flag, how] = flags[path] ?? [path, `${issue?.message ?? 'It is not valid'}.`];
  return new Complaint(`--${flag} ${invocation.text(flag) ?? ''} can't be used. ${how}`, 'usage');
}
