import { TABLES } from './decide-cases.ts';
import type { Row } from './decision-row.ts';
import { FACET_TABLES } from './facet-cases.ts';
import { FOREIGN_TABLES } from './foreign-cases.ts';
import { PLACEMENT_TABLES } from './placement-cases.ts';

/** Every table of situations: decided by the tests, and shown by docs/states/instance.md. */
export const ALL_TABLES: Readonly<Record<string, readonly Row[]>> = {
  ...TABLES,
  ...FOREIGN_TABLES,
  ...FACET_TABLES,
  ...PLACEMENT_TABLES,
};
