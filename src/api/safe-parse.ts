import * as z from 'zod';

type Parsed<T> =
  | { readonly success: true; readonly data: T; readonly error?: undefined }
  | { readonly success: false; readonly data?: undefined; readonly error: z.ZodError };

/**
 * zod's safeParse, also where zod throws: it compares the `length` of what it has just found to be no string or list, and
 * not every value can be compared to a number.
 */
export function safeParse<T>(schema: z.ZodType<T>, value: unknown): Parsed<T> {
  try {
    const { success, data, error } = schema.safeParse(value);
    return success ? { success, data } : { success, error };
  } catch {
    const message = 'Invalid input: a value has a length that is no number';
    return { success: false, error: new z.ZodError([{ code: 'custom', path: [], message, input: value }]) };
  }
}
