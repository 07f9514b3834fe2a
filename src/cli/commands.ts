import type { Argument, Command } from './command.ts';
import { OUTPUT_FLAG, WAIT_FLAGS } from './flags.ts';

const INSTANCE: Argument = { name: 'NAME', completes: 'instances' };
const MIGRATING: Argument = { name: 'NAME', completes: 'migrating' };

/** The verbs, in the order of the help. Parser, help, completion and docs/cli.md are made from this list. */
export const COMMANDS: readonly Command[] = [
  {
    name: 'rescue',
    summary: 'Boot an Instance from a rescue system, its own disks in their places behind it.',
    details:
      'Sets spec.rescue by server-side apply as field manager medevac-cli, and nothing else. Refused where another field manager, such as Git, has set it.',
    argument: INSTANCE,
    flags: [
      { name: 'image', value: 'IMAGE', help: 'Container image with the rescue system; pin it by digest.' },
      {
        name: 'claim',
        value: 'CLAIM',
        help: 'PersistentVolumeClaim with the rescue system, in place of an image.',
      },
      { name: 'volume', value: 'POOL/NAME', help: 'Volume with the rescue system, with the driver libvirt.' },
      { name: 'device', value: 'DEVICE', choices: ['Disk', 'CDROM'], help: 'CDROM (default) or Disk.' },
      {
        name: 'bus',
        value: 'BUS',
        choices: ['virtio', 'scsi', 'sata', 'usb'],
        help: 'Bus of the rescue disk. Default: sata for a CDROM, virtio for a Disk.',
      },
      {
        name: 'credentials',
        value: 'SECRET',
        help: 'Secret with cloud-init user data for the rescue system.',
      },
      { name: 'expires-after', value: 'DURATION', help: 'How long the rescue may last, for example 4h.' },
      {
        name: 'on-expiry',
        value: 'ACTION',
        choices: ['Unrescue', 'Stop', 'Keep'],
        help: 'Unrescue, Stop or Keep (default): what happens then.',
      },
      ...WAIT_FLAGS,
    ],
    load: () => import('./verbs/rescue.ts'),
  },
  {
    name: 'unrescue',
    summary: 'Boot an Instance from its own disks again.',
    details: 'Removes spec.rescue where kubectl medevac has set it, and nothing else.',
    argument: INSTANCE,
    flags: WAIT_FLAGS,
    load: () => import('./verbs/unrescue.ts'),
  },
  {
    name: 'migrate',
    summary: 'Live-migrate an Instance, running or rescued.',
    details:
      'Makes a LiveMigration. With --wait it shows bytes, speed and the expected end where the driver says them, else the phase and how long it takes.',
    argument: INSTANCE,
    flags: [
      {
        name: 'to',
        value: 'NODE',
        completes: 'nodes',
        help: 'Node to go to. Default: any that can take it.',
      },
      {
        name: 'selector',
        short: 'l',
        value: 'LABELS',
        multiple: true,
        help: 'Labels of the node to go to, LABEL=VALUE with commas between.',
      },
      {
        name: 'name',
        value: 'NAME',
        help: 'Name of the LiveMigration. Default: made from that of the Instance.',
      },
      {
        name: 'completion-timeout',
        value: 'DURATION',
        help: 'How long the transfer may take, for example 30m.',
      },
      {
        name: 'on-timeout',
        value: 'ACTION',
        choices: ['Abort', 'ForceComplete'],
        help: 'Abort (default) or ForceComplete: what happens then.',
      },
      { name: 'bandwidth', value: 'BYTES', help: 'Most bytes per second, for example 1Gi.' },
      { name: 'auto-converge', help: 'Slow the guest down where it writes faster than it can be copied.' },
      { name: 'post-copy', help: 'Let the guest run on the destination before all of its memory is there.' },
      ...WAIT_FLAGS,
    ],
    load: () => import('./verbs/migrate.ts'),
  },
  {
    name: 'abort',
    summary: 'Abort the migration of an Instance.',
    details:
      'NAME is that of the Instance, or of the LiveMigration. With --wait it fails where the abort came too late.',
    argument: MIGRATING,
    flags: WAIT_FLAGS,
    load: () => import('./verbs/abort.ts'),
  },
  {
    name: 'force-complete',
    summary: 'End the migration of an Instance even if its guest must stand still.',
    details:
      'NAME is that of the Instance, or of the LiveMigration. Refused where the driver has no such thing.',
    argument: MIGRATING,
    flags: WAIT_FLAGS,
    load: () => import('./verbs/force-complete.ts'),
  },
  {
    name: 'list',
    summary: 'Show Instances: state, node, rescue, migration.',
    details:
      'RESCUED is for how long, and how much of the lease is left. MIGRATION is the one that is not over.',
    flags: [
      { name: 'all-namespaces', short: 'A', help: 'Of all namespaces.' },
      { name: 'watch', short: 'w', help: 'Go on, and print each row again that changes.' },
      { ...OUTPUT_FLAG, choices: ['json', 'yaml', 'wide'], help: 'json, yaml, or wide for more columns.' },
    ],
    load: () => import('./verbs/list.ts'),
  },
  {
    name: 'adopt',
    summary: 'Write the Instance that takes an existing KubeVirt VM over.',
    details:
      'Prints a manifest, and in its comments what it would change; reads, and nothing else. Applying it takes the VM over without a restart.',
    argument: { name: 'VM', completes: 'virtualmachines' },
    flags: [{ ...OUTPUT_FLAG, help: 'yaml (default) or json.' }],
    load: () => import('./verbs/adopt.ts'),
  },
  {
    name: 'capabilities',
    summary: 'Show which nodes can send and receive rescued VMs, and why.',
    details:
      'The labels of a node are what counts; driver, version and reason are read from KubeVirt where you may see its pods. Below, the ways that are closed to rescued VMs, as during an upgrade that goes node by node.',
    flags: [
      OUTPUT_FLAG,
      {
        name: 'kubevirt-namespace',
        value: 'NAMESPACE',
        help: "Namespace of KubeVirt's own pods. Default: kubevirt.",
      },
    ],
    load: () => import('./verbs/capabilities.ts'),
  },
  {
    name: 'drain-plan',
    summary: 'Show what draining nodes would do, before anything is touched.',
    details:
      'For each VM on the nodes where it could go, or what blocks it; of several nodes, each is taken to be drained when the next one is. By the rules that the operator goes by; room on the nodes and in quotas as Pods say it now, where you may see Pods and ResourceQuotas. Which node a VM goes to, and whether all fit together, kube-scheduler decides. Ends with 0 only where every VM can go.',
    argument: { name: 'NODE', completes: 'nodes', several: true },
    flags: [OUTPUT_FLAG],
    load: () => import('./verbs/drain-plan.ts'),
  },
  {
    name: 'drain-status',
    summary: 'Show how far the drain of a node is, until it ends.',
    details:
      'A table of its VMs: what became of each, phase, percent or how long it takes, destination, place in the queue or what blocks it. In a pipe the table comes again when more has changed than the time. Ends with 0 when all have left, with 1 when the drain has ended and some have not.',
    argument: { name: 'NODE', completes: 'nodes' },
    flags: [],
    load: () => import('./verbs/drain-status.ts'),
  },
  {
    name: 'history',
    summary: 'Show the past migrations and rescues of an Instance.',
    details:
      'Migrations are told by the LiveMigrations that are still there, past rescues by Events, which a cluster keeps for an hour unless it is set otherwise. BY is the field manager that asked; Kubernetes keeps no names of users.',
    argument: INSTANCE,
    flags: [OUTPUT_FLAG],
    load: () => import('./verbs/history.ts'),
  },
];
