import type { Difference } from './compare.ts';

/** A difference that is known, and why it is none of fidelity. */
export interface Exception {
  readonly why: string;
  readonly what: string;
  /** Tested on `where`, and on want and got, where given. */
  readonly where: RegExp;
  readonly want?: RegExp;
  readonly got?: RegExp;
  /** One side has seen all that the other has, and some values between; both end the same. */
  readonly passing?: true;
  /** Only in this scenario. */
  readonly scenario?: string;
}

const exceptions: readonly Exception[] = [
  {
    what: 'writes',
    where: /^VMI\/\S+ status\.activePods\.<uid>$/,
    why: 'a pod is counted before or after it is bound, as the watches happen to come',
  },
  {
    what: 'writes',
    where: /^VM\/\S+ status\.desiredGeneration$/,
    passing: true,
    why: 'two edits in a row may be seen as one',
  },
  {
    what: 'writes',
    where: /^VMI?\/\S+ status\.conditions\[type=Ready\]\.(reason|message)$/,
    passing: true,
    why: 'a state that lasts some milliseconds is missed by a controller that has just lost a write',
  },
  {
    what: 'writes',
    where: /^VMI\/\S+ (metadata\.finalizers|status\.launcherContainerImageVersion)$/,
    scenario: 'start-unschedulable',
    why: 'two controllers race for their finalizers; whose goes last is not seen going, as the instance goes with it',
  },
  {
    what: 'writes',
    where: /^VMI\/vm-many#\d metadata\.labels\.kubevirt\.io\/migrationTargetNodeName$/,
    got: / → removed \(virt-handler node-\d UPDATE\)$/,
    scenario: 'shared-and-unshared-disks',
    why: 'the recording ends just before virt-handler takes the label off',
  },
  {
    what: 'writes',
    where: /^VMI\/vm-once#\d status\.migrationMethod$/,
    want: /LiveMigration/,
    got: /BlockMigration/,
    scenario: 'shared-and-unshared-disks',
    why: "the fake handler of the recording differs from virt-handler's source, which says BlockMigration for unshared claims",
  },
  {
    what: 'order',
    where: /^Pod\/\S+ status\.phase="Succeeded"/,
    want: /^after VMIM\/\S+ status\.phase="Succeeded"/,
    why: "a source pod ends a fixed time after its guest has left: that is the fake kubelet's, and a busy controller may be later",
  },
];

export function exceptionFor(scenario: string, difference: Difference): Exception | undefined {
  return exceptions.find(
    ({ what, where, want, got, passing, scenario: only }) =>
      what === difference.what &&
      where.test(difference.where) &&
      (want === undefined || want.test(difference.want)) &&
      (got === undefined || got.test(difference.got)) &&
      (passing === undefined || differsInPassing(difference)) &&
      (only === undefined || only === scenario),
  );
}

function differsInPassing({ want, got }: Difference): boolean {
  const [left, right] = [want.split(' → '), got.split(' → ')];
  const [short, long] = left.length < right.length ? [left, right] : [right, left];
  let found = 0;
  for (const value of long) {
    found += value === short[found] ? 1 : 0;
  }
  return found === short.length && long.at(-1) === short.at(-1);
}
