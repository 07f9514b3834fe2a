import { parseNode, type Node } from '../../api/node.ts';
import { NODES, PODS } from '../../api/resources.ts';
import { HandlerPod } from '../../drivers/kubevirt/resources.ts';
import { ApiError } from '../../kube/api-errors.ts';
import { ResourceClient } from '../../kube/resource-client.ts';
import { CAPABILITY_HEAD, closedPairs, closedText, reportNodes, rowOfNode } from '../capability-report.ts';
import type { Invocation } from '../command.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { printAs } from '../output.ts';
import type { Session } from '../session.ts';
import { Table } from '../table.ts';

/** On the pods of KubeVirt's DaemonSet. */
const HANDLERS = 'kubevirt.io=virt-handler';

/** Shows which nodes can send and receive rescued VMs, and why. */
export async function run(invocation: Invocation, session: Session): Promise<number> {
  const { terminal } = session;
  const namespace = invocation.text('kubevirt-namespace') ?? 'kubevirt';
  const [nodes, handlers] = await Promise.all([readNodes(session), readHandlers(session, namespace)]);
  const reports = reportNodes(nodes, handlers, session.now());
  const format = invocation.text('output');
  if (format === 'json' || format === 'yaml') {
    await printAs(format, { nodes: reports, closedPairs: closedPairs(reports) }, terminal);
    return EXIT_CODES.done;
  }
  if (handlers === undefined) {
    terminal.tell(
      `You may not list pods in namespace ${namespace}: versions are not shown, and reasons are those of labels.`,
    );
  }
  new Table(CAPABILITY_HEAD).lines(reports.map(rowOfNode), 'WithHead').forEach((line) => {
    terminal.print(line);
  });
  ['', ...closedText(reports)].forEach((line) => {
    terminal.print(line);
  });
  return EXIT_CODES.done;
}

export async function readNodes({ transport, signal }: Session): Promise<Node[]> {
  const { items } = await new ResourceClient(transport, NODES, { signal }).list();
  return items.map(parseNode);
}

/** `undefined`: the user may not see them. */
async function readHandlers(
  { transport, signal }: Session,
  namespace: string,
): Promise<HandlerPod[] | undefined> {
  try {
    const pods = new ResourceClient(transport, PODS, { signal });
    const { items } = await pods.list({ namespace, labelSelector: HANDLERS });
    return items.map((item) => HandlerPod.parse(item));
  } catch (error) {
    if (error instanceof ApiError && error.code === 403) return undefined;
    throw error;
  }
}
