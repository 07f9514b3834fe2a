import { decideInstance } from '../../../../../src/domain/instance/decide.ts';
import { nextInstanceStatus } from '../../../../../src/domain/instance/status.ts';
import { decideMigration } from '../../../../../src/domain/live-migration/decide.ts';
import { nextMigrationStatus } from '../../../../../src/domain/live-migration/status.ts';
import type { World } from '../world/world.ts';

/** What is explored: the functions of the domain, and what the shell around them is to keep. */
export interface Brain {
  readonly decideInstance: typeof decideInstance;
  readonly nextInstanceStatus: typeof nextInstanceStatus;
  readonly decideMigration: typeof decideMigration;
  readonly nextMigrationStatus: typeof nextMigrationStatus;
  readonly shell: Shell;
}

interface Shell {
  /** A status write fails where the object was changed since it was read. */
  readonly testsVersion: boolean;
  /** An order to store a VM fails where the VM is not the one that was seen. */
  readonly testsVmUid: boolean;
  /** Where none was seen, it fails if there is one. */
  readonly testsAbsence: boolean;
  /** What is made of a status write whose answer was lost: it is sent again, the cache is waited for, or nothing is. */
  readonly unanswered: 'SentAgain' | 'Awaited' | 'Forgotten';
  /** Whether an order to run a VM whose answer was lost is taken for one that may have been carried out. */
  readonly remembersOrders: boolean;
  /** Whether a VM that is stored off may run for as long as the backend says nothing else. */
  readonly hearsOfEnds: boolean;
  /** What the backend's migration of a LiveMigration is called. */
  readonly migrationName: (uid: string, world: World) => string;
}

/** As it is. */
export const REAL: Brain = {
  decideInstance,
  nextInstanceStatus,
  decideMigration,
  nextMigrationStatus,
  shell: {
    testsVersion: true,
    testsVmUid: true,
    testsAbsence: true,
    unanswered: 'SentAgain',
    remembersOrders: true,
    hearsOfEnds: true,
    migrationName: (uid) => uid,
  },
};
