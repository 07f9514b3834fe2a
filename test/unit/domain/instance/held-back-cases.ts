import { anObservedMigration, MIGRATION_UID } from '../../../builders/observation.ts';
import { anObservedVm } from '../../../builders/vm.ts';
import {
  aLeaseThatIsOver,
  anExpiredLease,
  DEFINED_FOR_RESCUE,
  RESCUE,
  RESCUED_VM,
  STOPPED,
} from './situation.ts';

import { does, DEFINE, hold, holds, IDLE, type Row } from './decision-row.ts';

/** State of the VM, spec and lock → the next step, where a lease has run out or a migration holds the lock. */
export const HELD_BACK = {
  'a lease that has expired': [
    { name: 'Unrescue: announce', vm: RESCUED_VM, ...aLeaseThatIsOver('Unrescue'), want: holds('Unrescue') },
    {
      name: 'Unrescue, announced: store the normal VM',
      vm: RESCUED_VM,
      ...anExpiredLease('Unrescue'),
      lock: 'Unrescue',
      want: does(DEFINE, 'Unrescue'),
    },
    { name: 'Unrescue, carried out', ...anExpiredLease('Unrescue'), lock: 'Unrescue', want: IDLE },
    {
      name: 'Unrescue, and the VM was to be stopped: stop it',
      vm: anObservedVm(),
      rescue: anExpiredLease('Unrescue').rescue,
      spec: { ...anExpiredLease('Unrescue').spec, ...STOPPED },
      want: holds('Stop'),
    },
    {
      name: 'Unrescue, before the rescue system ever ran',
      vm: DEFINED_FOR_RESCUE,
      ...aLeaseThatIsOver('Unrescue'),
      lock: 'Rescue',
      want: holds('Unrescue'),
    },
    { name: 'Stop: announce', vm: RESCUED_VM, ...aLeaseThatIsOver('Stop'), want: holds('Unrescue') },
    {
      name: 'Stop, announced: power off',
      vm: RESCUED_VM,
      ...anExpiredLease('Stop'),
      lock: 'Unrescue',
      want: does(DEFINE, 'Unrescue'),
    },
    {
      name: 'Stop, carried out',
      vm: anObservedVm({ power: 'Off', running: undefined }),
      ...anExpiredLease('Stop'),
      want: IDLE,
    },
    {
      name: 'Stop, and the rescue is removed: powerState applies',
      vm: anObservedVm({ power: 'Off', running: undefined }),
      rescue: anExpiredLease('Stop').rescue,
      want: holds('Start'),
    },
    { name: 'Keep: nothing', vm: RESCUED_VM, ...aLeaseThatIsOver('Keep'), want: IDLE },
    {
      name: 'removed: nothing',
      rescue: anExpiredLease('Unrescue').rescue,
      want: IDLE,
    },
    {
      name: 'changed: rescue anew',
      rescue: anExpiredLease('Unrescue').rescue,
      spec: RESCUE,
      want: holds('Rescue'),
    },
    {
      name: 'held back by a migration',
      vm: RESCUED_VM,
      ...aLeaseThatIsOver('Unrescue'),
      lock: 'Migrate',
      migration: hold({}),
      want: holds('Migrate'),
    },
    {
      name: 'held back by a migration whose LiveMigration is gone: its lock goes to the unrescue',
      vm: RESCUED_VM,
      ...aLeaseThatIsOver('Unrescue'),
      lock: 'Migrate',
      migration: hold({ exists: false, observed: anObservedMigration({ phase: 'Failed' }) }),
      want: holds('Unrescue'),
    },
  ],
  'while a migration holds the lock': [
    { name: 'nothing is done', lock: 'Migrate', migration: hold({}), want: holds('Migrate') },
    {
      name: 'an unrescue is held back',
      vm: RESCUED_VM,
      lock: 'Migrate',
      migration: hold({}),
      want: holds('Migrate'),
    },
    {
      name: 'a stop is held back',
      spec: STOPPED,
      lock: 'Migrate',
      migration: hold({}),
      want: holds('Migrate'),
    },
    {
      name: 'a VM that vanished is not made again',
      vm: undefined,
      lock: 'Migrate',
      migration: hold({}),
      want: holds('Migrate'),
    },
    {
      name: 'whose LiveMigration is gone: abort',
      lock: 'Migrate',
      migration: hold({ exists: false }),
      want: does({ kind: 'AbortMigration', migrationUid: MIGRATION_UID }, 'Migrate'),
    },
    {
      name: 'whose LiveMigration is gone, aborting',
      lock: 'Migrate',
      migration: hold({ exists: false, observed: anObservedMigration({ aborting: true }) }),
      want: holds('Migrate'),
    },
    {
      name: 'whose LiveMigration is gone, over: give it back',
      lock: 'Migrate',
      migration: hold({ exists: false, observed: anObservedMigration({ phase: 'Failed' }) }),
      want: IDLE,
    },
    {
      name: 'whose LiveMigration is gone, never seen: abort, it may have begun',
      lock: 'Migrate',
      migration: hold({ exists: false, observed: undefined }),
      want: does({ kind: 'AbortMigration', migrationUid: MIGRATION_UID }, 'Migrate'),
    },
    {
      name: 'whose LiveMigration is gone, over, with an unrescue held back: take it for that',
      vm: RESCUED_VM,
      lock: 'Migrate',
      migration: hold({ exists: false, observed: anObservedMigration({ phase: 'Failed' }) }),
      want: holds('Unrescue'),
    },
  ],
} satisfies Readonly<Record<string, readonly Row[]>>;
