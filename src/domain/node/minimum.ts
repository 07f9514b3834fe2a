import type { DriverName } from '../../api/instance.ts';
import type { NodeRole } from './roles.ts';

/** The oldest version of a node's hypervisor that may take a role. */
export type Minimum = Readonly<Record<NodeRole, string>>;

/** A minimum as far as it is set. */
export type MinimumSettings = Readonly<Record<NodeRole, string | undefined>>;

/**
 * Oldest versions by driver, where settings say nothing else. KubeVirt 1.6 is the first whose migrations have
 * `addedNodeSelector`, through which the scheduler holds the gate as well; both sides of a migration are that new then.
 * libvirt 9.0 is the oldest that the driver is tested with.
 */
const OLDEST: Partial<Record<DriverName, string>> = { kubevirt: 'v1.6.0', libvirt: 'v9.0.0' };

/** What settings say, and for what they leave out what the driver needs. */
export function minimumFor(driver: DriverName, settings: MinimumSettings): Minimum {
  const oldest = OLDEST[driver] ?? 'v0.0.0';
  return { source: settings.source ?? oldest, destination: settings.destination ?? oldest };
}
