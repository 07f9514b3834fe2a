/** What values.schema.json refuses, and what Helm then says. */
export const REFUSED: readonly { name: string; values: object; want: string }[] = [
  {
    name: 'a driver that there is not',
    values: { driver: 'xen' },
    want: "at '/driver': value must be one of 'kubevirt', 'libvirt', 'memory'",
  },
  {
    name: 'replicas in words',
    values: { replicas: 'two' },
    want: "at '/replicas': got string, want integer",
  },
  {
    name: 'a digest that is none',
    values: { image: { digest: 'latest' } },
    want: "at '/image/digest': 'latest' does not match pattern",
  },
  {
    name: 'a name that is mistyped',
    values: { podMonitor: { enable: true } },
    want: "at '/podMonitor': additional properties 'enable' not allowed",
  },
  {
    name: 'a namespace that can not be one',
    values: { namespaces: ['Team A'] },
    want: "at '/namespaces/0': 'Team A' does not match pattern",
  },
  { name: 'no worker', values: { workers: 0 }, want: "at '/workers': minimum: got 0, want 1" },
  {
    name: 'a policy that there is not',
    values: { unrescueDuringMigration: 'Wait' },
    want: "at '/unrescueDuringMigration': value must be one of 'Refuse', 'Defer'",
  },
];
