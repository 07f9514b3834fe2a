import { decideInstance } from '../../../../src/domain/instance/decide.ts';
import { nextInstanceStatus } from '../../../../src/domain/instance/status.ts';
import { decideMigration } from '../../../../src/domain/live-migration/decide.ts';
import { nextMigrationStatus } from '../../../../src/domain/live-migration/status.ts';
import { MUTANTS } from './mutants.ts';
import type { Brain } from './passes.ts';

const REAL: Brain = { decideInstance, nextInstanceStatus, decideMigration, nextMigrationStatus };

/** The functions of the domain, or a mutant of them. */
export function brainOf(mutant: string | undefined): Brain {
  const found = MUTANTS.find(({ name }) => name === mutant);
  return { ...REAL, ...found?.mutate(REAL) };
}
