import type { Pod } from '../objects/cluster-kinds.ts';
import { annotation, label } from '../objects/names.ts';
import type { TraceLine } from './lines.ts';

/** Sends each pod where the real scheduler sent its counterpart. */
export function chooserOf(lines: readonly TraceLine[]): (pod: Pod) => string | undefined {
  const nodes = new Map<string, string>();
  const names = new Map<string, string>();
  const starts = new Map<string, number>();
  for (const { type, kind, name = '', object, changed } of lines) {
    if (kind === 'Pod' && type === 'ADDED') {
      names.set(name, identity(object as Pod, starts));
    }
    const node = changed?.['spec.nodeName'];
    if (kind === 'Pod' && typeof node === 'string') {
      nodes.set(names.get(name) ?? '', node);
    }
  }
  const seen = new Map<string, string>();
  const own = new Map<string, number>();
  return (pod) => {
    const uid = pod.metadata.uid ?? '';
    const id = seen.get(uid) ?? identity(pod, own);
    seen.set(uid, id);
    return nodes.get(id);
  };
}

/** The migration that a pod was made for, or the how manieth start of its machine. */
function identity(pod: Pod, starts: Map<string, number>): string {
  const { annotations, labels } = pod.metadata;
  const domain = annotations?.[annotation.domain] ?? '';
  const migration = annotations?.[annotation.migrationJobName];
  if (labels?.[label.migrationJob] !== undefined && migration !== undefined) {
    return counted(`${domain} migration ${migration.replace(exchangeable, '$1')}`, starts);
  }
  return counted(`${domain} start`, starts);
}

/** Names of migrations that are made up, or that are told apart by turn only. */
const exchangeable = /^(kubevirt-migrate-vm|kubevirt-evacuation|race-\d+)-.*/;

function counted(what: string, counts: Map<string, number>): string {
  const count = (counts.get(what) ?? 0) + 1;
  counts.set(what, count);
  return `${what} ${count}`;
}
