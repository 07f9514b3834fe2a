import { flightsOf, LIMITS, prospectIn, type DrainedVm, type DrainWorld } from './drain-world.ts';

type Rule = (before: DrainWorld, next: DrainWorld) => boolean;

/** Those that a step has started to move. */
function started(before: DrainWorld, next: DrainWorld): DrainedVm[] {
  return before.vms.filter(
    ({ flight }, index) => flight === undefined && next.vms[index]?.flight !== undefined,
  );
}

/** What must hold of each step (product.md, section 5). */
export const DRAIN_RULES: Readonly<Record<string, Rule>> = {
  'no more leave the node than its limit': (_, next) => flightsOf(next).length <= LIMITS.perSource,
  'no more are sent to a node than its limit': (_, next) => {
    const to = flightsOf(next).map(({ destination }) => destination);
    return to.every(
      (node) => node === undefined || to.filter((one) => one === node).length <= LIMITS.perDestination,
    );
  },
  'nothing is started from a node that is not cordoned': (before, next) =>
    started(before, next).length === 0 || (before.stale ?? before).cordoned,
  'nothing is started when the drain asks no more': (before, next) =>
    started(before, next).length === 0 || before.asking,
  'nothing is started again that somebody has cancelled': (before, next) =>
    started(before, next).every(({ cancelled }) => !cancelled),
  'nothing is tried again at once': (before, next) => started(before, next).every(({ pausing }) => !pausing),
  'nothing is started that has nowhere to go': (before, next) =>
    started(before, next).every((vm) => prospectIn(before.stale ?? before, vm).blocked === undefined),
};

/** What is left undone where nothing more happens by itself; `undefined`: nothing. */
export function leftUndone(world: DrainWorld): string | undefined {
  if (flightsOf(world).length > 0) return 'something is under way for ever';
  if (!world.cordoned || !world.asking) return undefined;
  const left = world.vms.some(
    (vm) => vm.node === 'node-a' && !vm.cancelled && prospectIn(world, vm).blocked === undefined,
  );
  return left ? END_RULE : undefined;
}

export const END_RULE = 'who can go has gone';
