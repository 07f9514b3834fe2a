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
  /** Nothing but the last value is missing, of an object that goes right after it. */
  readonly last?: true;
  /** Both end the same, the last value but written with another verb. */
  readonly lastVerb?: true;
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
    where: /^(VMI?\/\S+ status\.conditions\[type=Ready\]\.(status|reason|message)|VM\/\S+ status\.ready)$/,
    passing: true,
    why: 'a state that lasts some milliseconds is missed by a controller that has just lost a write',
  },
  {
    what: 'writes',
    where: /^VMI\/\S+ status\.conditions\[type=Ready\]\.(status|reason|message)$/,
    want: / → "(False|PodTerminating|virt-launcher pod is terminating)" \(virt-controller \w+\)$/,
    last: true,
    why: 'on a busy machine an instance is gone before its controller has said that its pod is going',
  },
  {
    what: 'writes',
    where: /^VMI\/\S+ status\.conditions\[type=Ready\]\.(status|reason|message)$/,
    want: / → "(False|PodTerminating|virt-launcher pod is terminating)" \(virt-controller \w+\)$/,
    lastVerb: true,
    why: 'virt-controller patches an instance whose guest runs, and updates one whose guest has ended: a moment apart',
  },
  {
    what: 'events',
    where: /^VMI\/vm-a$/,
    want: /^Normal SuccessfulDelete Deleted virtual machine pod virt-launcher-vm-a-#1 /,
    got: /^$/,
    scenario: 'pod-deleted',
    why: 'a pod that somebody else has deleted may be gone before virt-controller deletes it once more',
  },
  ...[
    { want: /^Warning FailedMigration .* target pod shutdown during migration /, got: /^$/ },
    { want: /^$/, got: /^Warning FailedMigration .* vmi shutdown during migration\. / },
  ].map((texts) => ({
    what: 'events',
    where: /^VMIM\/mig-1$/,
    ...texts,
    scenario: 'delete-vm-during-migration',
    why: 'target pod and instance end at the same moment, and virt-controller says which it saw ended first',
  })),
  {
    what: 'http',
    where: /^kubectl drain node-2 --timeout=40s /,
    got: new RegExp(
      [
        /^kubectl drain node-2 --timeout=40s --ignore-daemonsets --delete-emptydir-data --force/,
        /exit 0/,
        /stdout:/,
        /node\/node-2 already cordoned/,
        /evicting pod vms\/virt-launcher-vm-a-#1/,
        /pod\/virt-launcher-vm-a-#1 evicted/,
        /node\/node-2 drained/,
        /stderr:/,
        /error when evicting .* denied the request: Evacuation in progress: Eviction triggered evacuation of VMI "vms\/vm-a"/,
        /error when evicting .* denied the request: Eviction request for target Pod$/,
      ]
        .map(({ source }) => source)
        .join('\n'),
    ),
    why: 'on a busy machine the old pod has not ended when kubectl tries again; recorded in eviction-external',
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
];

/** The differences that nothing explains. */
export function unexplained(scenario: string, differences: readonly Difference[]): Difference[] {
  return differences.filter((difference) => exceptionFor(scenario, difference) === undefined);
}

export function exceptionFor(scenario: string, difference: Difference): Exception | undefined {
  return exceptions.find(
    (exception) =>
      (exception.scenario === undefined || exception.scenario === scenario) &&
      isAbout(exception, difference) &&
      isOfKind(exception, difference),
  );
}

function isAbout({ what, where, want, got }: Exception, difference: Difference): boolean {
  return (
    what === difference.what &&
    where.test(difference.where) &&
    (want === undefined || want.test(difference.want)) &&
    (got === undefined || got.test(difference.got))
  );
}

function isOfKind({ passing, last, lastVerb }: Exception, difference: Difference): boolean {
  const { want, got } = difference;
  return (
    (passing === undefined || differsInPassing(difference)) &&
    (last === undefined || want.startsWith(`${got} → `)) &&
    (lastVerb === undefined || withoutLastVerb(want) === withoutLastVerb(got))
  );
}

function withoutLastVerb(writes: string): string {
  return writes.replace(/ \w+\)$/, ')');
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
