import type { InstanceObservation } from '../../../../src/domain/instance/observation.ts';
import { anObservedMigration, MIGRATION_UID } from '../../../builders/observation.ts';
import { aForeignMigration, anObservedVm, FOREIGN_UID } from '../../../builders/vm.ts';
import { does, hold, holds, IDLE, RESTART, type Row } from './decision-row.ts';
import { DEFINED_FOR_RESCUE, RESCUE, STOPPED, withRunning } from './situation.ts';

const FOREIGN_LOCK = { lock: 'Migrate', holder: FOREIGN_UID } as const;

/** Migrations at the backend that no LiveMigration stands for → the next step. */
export const FOREIGN_TABLES: Readonly<Record<string, readonly Row[]>> = {
  'while somebody else migrates the VM': [
    { name: 'the migration gets the lock', vm: foreign(), want: holds('Migrate') },
    { name: 'also where it is only queued', vm: foreign({ phase: 'Queued' }), want: holds('Migrate') },
    {
      name: 'and a paused guest is moved, too',
      vm: withRunning(foreign(), { phase: 'Paused' }),
      want: holds('Migrate'),
    },
    { name: 'nothing is done', vm: foreign(), ...FOREIGN_LOCK, want: holds('Migrate') },
    {
      name: 'nor is it aborted',
      vm: foreign(),
      ...FOREIGN_LOCK,
      migration: foreignHold(),
      want: holds('Migrate'),
    },
    { name: 'a rescue is held back', spec: RESCUE, vm: foreign(), ...FOREIGN_LOCK, want: holds('Migrate') },
    { name: 'a stop is held back', spec: STOPPED, vm: foreign(), ...FOREIGN_LOCK, want: holds('Migrate') },
    {
      name: 'a rescue that was announced gives way before the first order',
      spec: RESCUE,
      vm: foreign(),
      lock: 'Rescue',
      want: holds('Migrate'),
    },
    {
      name: 'a rescue gives way before the boot is ended',
      spec: RESCUE,
      vm: { ...DEFINED_FOR_RESCUE, migrations: [aForeignMigration()] },
      lock: 'Rescue',
      want: holds('Migrate'),
    },
    {
      name: 'over, with a rescue held back: take it for that',
      spec: RESCUE,
      ...FOREIGN_LOCK,
      migration: foreignHold(anObservedMigration({ phase: 'Succeeded' })),
      want: holds('Rescue'),
    },
    {
      name: 'over: give it back',
      ...FOREIGN_LOCK,
      migration: foreignHold(anObservedMigration({ phase: 'Failed' })),
      want: IDLE,
    },
    {
      name: 'deleted: ask the driver before it is given back',
      ...FOREIGN_LOCK,
      migration: hold({ uid: FOREIGN_UID, exists: false, observed: undefined }),
      want: does({ kind: 'AbortMigration', migrationUid: FOREIGN_UID }, 'Migrate'),
    },
    {
      name: 'a guest that is not up has nothing to lose by a boot',
      spec: RESCUE,
      vm: withRunning({ ...DEFINED_FOR_RESCUE, migrations: [aForeignMigration()] }, { phase: 'Starting' }),
      lock: 'Rescue',
      want: does(RESTART, 'Rescue'),
    },
    {
      name: 'a LiveMigration that has the lock keeps it',
      vm: foreign(),
      lock: 'Migrate',
      migration: hold({ observed: undefined }),
      want: holds('Migrate'),
    },
    {
      name: 'one of two that queue keeps the lock',
      vm: anObservedVm({ migrations: [aForeignMigration({ uid: 'first' }), aForeignMigration()] }),
      ...FOREIGN_LOCK,
      want: holds('Migrate'),
    },
  ],
  'a migration of ours that nobody knows any more': [
    { name: 'gets the lock', vm: orphaned(), want: holds('Migrate') },
    {
      name: 'and is then aborted',
      vm: orphaned(),
      lock: 'Migrate',
      migration: hold({ exists: false }),
      want: does({ kind: 'AbortMigration', migrationUid: MIGRATION_UID }, 'Migrate'),
    },
    {
      name: 'also before a rescue that was announced',
      spec: RESCUE,
      vm: orphaned(),
      lock: 'Rescue',
      want: holds('Migrate'),
    },
  ],
};

function foreign(fields: Parameters<typeof aForeignMigration>[0] = { phase: 'Running' }) {
  return anObservedVm({ migrations: [aForeignMigration(fields)] });
}

/** Its LiveMigration was deleted while the order to start it was under way. */
function orphaned() {
  return foreign({ uid: MIGRATION_UID, madeFor: 'LiveMigration', name: `medevac-${MIGRATION_UID}` });
}

function foreignHold(observed = anObservedMigration()): InstanceObservation['migration'] {
  return hold({ uid: FOREIGN_UID, exists: false, observed });
}
