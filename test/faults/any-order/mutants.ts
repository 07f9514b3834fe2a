import { ACCEPTED } from '../../../src/domain/outcome.ts';
import type { Driver } from '../../../src/drivers/driver.ts';

/** What a mutant may change of a driver. */
export type Changeable = Pick<Driver, 'observe' | 'restart' | 'migrate'>;

/** A way for the operator to be wrong, as far as KubeVirt and its users notice, and what must be said of it. */
interface Mutant {
  readonly want: RegExp;
  /** Methods in place of those of the driver that is right. */
  readonly mutate: (right: Changeable) => Partial<Changeable>;
}

/** By name. */
export const MUTANTS: Readonly<Record<string, Mutant>> = {
  'a VM is restarted when its migration has begun': {
    want: /while it is migrated|ordered under the lock of a migration/,
    mutate: (right) => ({
      async migrate(order) {
        const outcome = await right.migrate(order);
        const bootId = right.observe(order.key)?.running?.bootId;
        if (bootId !== undefined) await right.restart(order.key, bootId);
        return outcome;
      },
    }),
  },
  'a restart is never ordered': {
    want: /it is (Rescuing|Unrescuing), and should be/,
    mutate: () => ({ restart: () => Promise.resolve(ACCEPTED) }),
  },
  'a guest that migrates is taken for one that boots': {
    want: /was (Running|Rescued) and is \w+ while it is migrated/,
    mutate: (right) => ({
      observe(key, wanted) {
        const seen = right.observe(key, wanted);
        if (seen?.running === undefined || (seen.migrations ?? []).length === 0) return seen;
        return { ...seen, running: { ...seen.running, phase: 'Starting' } };
      },
    }),
  },
};
