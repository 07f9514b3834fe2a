import type { Driver } from '../../../../src/drivers/driver.ts';
import { ACCEPTED } from '../../../../src/domain/outcome.ts';

/** A way for the operator to be wrong, as far as a backend notices, and what must be said of it. */
interface Mutant {
  readonly want: RegExp;
  readonly mutate: (right: Driver) => Partial<Driver>;
}

/** By name: one for each rule that orders, locks and ends are held against. */
export const MUTANTS: Readonly<Record<string, Mutant>> = {
  'a VM is stored with another power': {
    want: /the VM is stored (On|Off), and should be/,
    mutate: (right) => ({
      define: (order) => right.define({ ...order, power: order.power === 'On' ? 'Off' : 'On' }),
    }),
  },
  'a VM is bound to a node': {
    want: /the VM is not what the stored spec renders/,
    mutate: (right) => ({
      define(order) {
        const hardware = { ...order.vm.hardware, nodeSelector: { 'kubernetes.io/hostname': 'a' } };
        return right.define({ ...order, vm: { ...order.vm, hardware } });
      },
    }),
  },
  'a VM is given another identity': {
    want: /a VM gets another identity/,
    mutate: (right) => ({
      define(order) {
        if (right.observe(order.key) === undefined) return right.define(order);
        const identity = { ...order.vm.identity, firmwareUUID: 'another' };
        return right.define({ ...order, vm: { ...order.vm, identity } });
      },
    }),
  },
  'each boot is begun twice': {
    want: /a VM that is booted as asked is restarted/,
    mutate: (right) => ({
      async define(order) {
        const outcome = await right.define(order);
        const bootId = right.observe(order.key)?.running?.bootId;
        return bootId === undefined ? outcome : right.restart(order.key, bootId);
      },
    }),
  },
  'a VM is deleted that is wanted': {
    want: /the VM of an Instance that is there is removed/,
    mutate: (right) => ({
      restart: (key) => right.remove(key),
    }),
  },
  'a VM is restarted when its migration has begun': {
    want: /Restart is ordered while the lock is Migrate/,
    mutate: (right) => ({
      async migrate(order) {
        await right.migrate(order);
        return right.restart(order.key, right.observe(order.key)?.running?.bootId ?? '');
      },
    }),
  },
  'a migration is ordered twice': {
    want: /a migration is ordered twice/,
    mutate: (right) => ({
      async migrate(order) {
        await right.migrate(order);
        return right.migrate(order);
      },
    }),
  },
  'a destination is not asked for its label': {
    want: /a rescued VM is sent without asking for a capable node/,
    mutate: (right) => ({ migrate: (order) => right.migrate({ ...order, destinationLabels: {} }) }),
  },
  'a migration of another one is aborted': {
    want: /a migration is aborted that does not hold the lock/,
    mutate: (right) => ({
      abortMigration: (key, uid) => right.abortMigration(key, `${uid}-of-another`),
    }),
  },
  'a migration that transfers is taken for over': {
    want: /the lock of Migrate is given back too soon/,
    mutate: (right) => ({
      observeMigration(key, uid) {
        const seen = right.observeMigration(key, uid);
        return seen?.phase === 'Running' ? { ...seen, phase: 'Failed' } : seen;
      },
    }),
  },
  'a boot is taken for over when it has begun': {
    want: /the lock of (Start|Rescue|Unrescue) is given back too soon/,
    mutate: (right) => ({
      observe(key, wanted) {
        const seen = right.observe(key, wanted);
        return seen?.running?.phase === 'Starting'
          ? { ...seen, running: { ...seen.running, phase: 'Running' } }
          : seen;
      },
    }),
  },
  'a restart is never ordered': {
    want: /it is (Rescuing|Unrescuing|Starting), and should be/,
    mutate: () => ({ restart: () => Promise.resolve(ACCEPTED) }),
  },
  'a VM is left when its Instance is gone': {
    want: /the VM has outlived its Instance|it is Pending/,
    mutate: () => ({ remove: () => Promise.resolve(ACCEPTED) }),
  },
};

/** The driver as it is, or as that mutant uses it. */
export function mutated(driver: Driver, mutant: string | undefined): Driver {
  return { ...driver, ...(mutant === undefined ? {} : MUTANTS[mutant]?.mutate(driver)) };
}
