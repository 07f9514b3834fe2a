import { isRefused, type Case } from './case.ts';
import { DISK_CASES } from './disk-cases.ts';
import { DISK_FIELD_CASES } from './disk-field-cases.ts';
import { INSTANCE_CASES } from './instance-cases.ts';
import { INSTANCE_FIELD_CASES } from './instance-field-cases.ts';
import { LIVE_MIGRATION_CASES } from './live-migration-cases.ts';
import { MIGRATION_FIELD_CASES } from './migration-field-cases.ts';
import { RESCUE_CASES } from './rescue-cases.ts';
import { RESCUE_FIELD_CASES } from './rescue-field-cases.ts';

/** The accept/reject table: zod and a real API server are asked the same. */
const CASES: readonly Case[] = [
  ...INSTANCE_CASES,
  ...INSTANCE_FIELD_CASES,
  ...DISK_CASES,
  ...DISK_FIELD_CASES,
  ...RESCUE_CASES,
  ...RESCUE_FIELD_CASES,
  ...LIVE_MIGRATION_CASES,
  ...MIGRATION_FIELD_CASES,
];

export const ACCEPTED_CASES = CASES.filter(({ want }) => want === 'accepted');
export const REFUSED_CASES = CASES.filter(isRefused);
/** The table may grow; fewer refusals would mean that a mistake is no longer tried. */
export const LEAST_REFUSED = 160;
