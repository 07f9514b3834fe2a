import { sentence } from '../sentence.ts';
import type { NamedNode } from './placement.ts';

/** What an Instance waits for that has no node yet. */
export function waitingForPlacement(
  { namespace, name }: { readonly namespace: string; readonly name: string },
  { words }: Extract<NamedNode, { kind: 'Awaited' }>,
): string {
  const instance = `Instance ${namespace}/${name}`;
  if (words === undefined) return `Waiting until kube-scheduler has found a node for the VM of ${instance}.`;
  return (
    `No node is found for the VM of ${instance}: ${sentence(words)} ` +
    'Free or add a node that fits its size and spec.placement, or change these; it goes on by itself then.'
  );
}

/** What a LiveMigration waits for that has no destination yet. */
export function waitingForDestination(
  { namespace, instanceName }: { readonly namespace: string; readonly instanceName: string },
  { words }: Extract<NamedNode, { kind: 'Awaited' }>,
): string {
  const instance = `Instance ${namespace}/${instanceName}`;
  if (words === undefined) return `Waiting until kube-scheduler has found a destination for ${instance}.`;
  return (
    `No destination is found for ${instance}: ${sentence(words)} ` +
    'Free or add a node that fits, or abort the LiveMigration; it goes on by itself then.'
  );
}

/** What is said of a VM that runs where its anchor is not. */
export function anchorMissing(
  { namespace, name }: { readonly namespace: string; readonly name: string },
  { node, words }: { readonly node: string; readonly words: string | undefined },
): string {
  const why = words === undefined ? '' : ` ${sentence(words)}`;
  return (
    `The VM of Instance ${namespace}/${name} runs on node "${node}" without its anchor Pod, which is made again there.${why} ` +
    'The VM runs on; until then kube-scheduler does not know what it takes. Free that much on the node.'
  );
}
