import { describe, expect, it } from '@jest/globals';
import { decideInstance } from '../../../../src/domain/instance/decide.ts';
import { nextInstanceStatus } from '../../../../src/domain/instance/status.ts';
import { decideMigration } from '../../../../src/domain/live-migration/decide.ts';
import { nextMigrationStatus } from '../../../../src/domain/live-migration/status.ts';
import { explore } from './explore.ts';

const REAL = { decideInstance, nextInstanceStatus, decideMigration, nextMigrationStatus };

describe('x', () => {
  it.each([0, 1])(
    'real %s',
    (faults) => {
      const t = performance.now();
      const { states, steps, wrong } = explore(REAL, { faults, changePower: false, changeLabels: false });
      console.log(states, steps, performance.now() - t, JSON.stringify(wrong, null, 1));
      expect(wrong).toBeUndefined();
    },
    300_000,
  );
});
