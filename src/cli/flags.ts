import type { Flag } from './command.ts';

/** As kubectl has them; every verb takes them. */
export const GLOBAL_FLAGS: readonly Flag[] = [
  {
    name: 'namespace',
    short: 'n',
    value: 'NAMESPACE',
    completes: 'namespaces',
    help: 'Namespace of the Instance. Default: that of the context.',
  },
  {
    name: 'context',
    value: 'CONTEXT',
    completes: 'contexts',
    help: 'Context of the kubeconfig. Default: its current one.',
  },
  { name: 'kubeconfig', value: 'FILE', help: 'Kubeconfig file. Default: what kubectl takes.' },
  { name: 'as', value: 'USER', help: 'User to act as.' },
  { name: 'as-group', value: 'GROUP', multiple: true, help: 'Group to act as; may be given several times.' },
  { name: 'help', short: 'h', help: 'Show this.' },
];

export const WAIT_FLAGS: readonly Flag[] = [
  { name: 'wait', help: 'Wait for the end of it, and show how far it is.' },
  {
    name: 'timeout',
    value: 'DURATION',
    help: 'How long to wait, for example 90s or 1h30m. Default: 10m.',
  },
];

export const OUTPUT_FLAG: Flag = {
  name: 'output',
  short: 'o',
  value: 'FORMAT',
  choices: ['json', 'yaml'],
  help: 'json or yaml instead of a table.',
};
