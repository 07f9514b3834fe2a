import { isRefused, type Case } from './case.ts';
import { DISK_CASES } from './disk-cases.ts';
import { INSTANCE_CASES } from './instance-cases.ts';
import { LIVE_MIGRATION_CASES } from './live-migration-cases.ts';
import { RESCUE_CASES } from './rescue-cases.ts';

/** The accept/reject table: zod and a real API server are asked the same. */
const CASES: readonly Case[] = [...INSTANCE_CASES, ...DISK_CASES, ...RESCUE_CASES, ...LIVE_MIGRATION_CASES];

export const ACCEPTED_CASES = CASES.filter(({ want }) => want === 'accepted');
export const REFUSED_CASES = CASES.filter(isRefused);
