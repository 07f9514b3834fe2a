import { Instance } from '../../api/instance.ts';
import { LiveMigration } from '../../api/live-migration.ts';
import { parseNode } from '../../api/node.ts';
import { INSTANCES, LIVE_MIGRATIONS, NODES } from '../../api/resources.ts';
import { ResourceClient } from '../../kube/resource-client.ts';
import { keyOf, formatKey, type KubeObject, type Resource } from '../../kube/resource.ts';
import type { Invocation } from '../command.ts';
import { Complaint } from '../complaint.ts';
import { DRAIN_HEAD, reportDrain, rowOfDrain, type DrainReport } from '../drain-report.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { listAll } from '../list-all.ts';
import { changesOf, type Session } from '../session.ts';
import { Table } from '../table.ts';

/** A drain that was begun a moment ago has cordoned the node, and asked for nothing yet. Milliseconds. */
const PATIENCE = 30_000;
const LOOK_AGAIN = 1_000;

/** Shows how far the drain of a node is, until it ends. */
export async function run(invocation: Invocation, session: Session): Promise<number> {
  const node = invocation.names[0] ?? '';
  const sight = await gather(session);
  if (!sight.nodes.objects.has(node)) {
    throw new Complaint(`There is no node ${node}. kubectl get nodes shows those that there are.`);
  }
  const last = await follow(session, sight, node);
  if (last === undefined) return EXIT_CODES.interrupted;
  // What was shown is replaced; what was printed stays.
  if (session.terminal.show !== undefined) for (const line of linesOf(last)) session.terminal.print(line);
  if (last.left > 0) {
    throw new Complaint(
      `The drain of node ${node} has ended, or was not begun: ${last.left} Instance(s) are still on it. ` +
        `kubectl drain ${node} goes on with it.`,
    );
  }
  session.terminal.print(`No Instance is on node ${node} any more.`);
  return EXIT_CODES.done;
}

/** The objects of a kind, as they are now. */
interface Gathered {
  readonly resource: Resource;
  readonly resourceVersion: string;
  readonly objects: Map<string, KubeObject>;
}

interface Sight {
  readonly instances: Gathered;
  readonly migrations: Gathered;
  readonly nodes: Gathered;
}

async function gather({ transport, signal }: Session): Promise<Sight> {
  const all = async (resource: Resource): Promise<Gathered> => {
    const client = new ResourceClient<KubeObject>(transport, resource, { signal });
    const { items, resourceVersion } = await listAll(client, undefined);
    return { resource, resourceVersion, objects: new Map(items.map((item) => [nameOf(item), item])) };
  };
  const [instances, migrations, nodes] = await Promise.all([
    all(INSTANCES),
    all(LIVE_MIGRATIONS),
    all(NODES),
  ]);
  return { instances, migrations, nodes };
}

/** A Node is named by its name alone. */
function nameOf({ metadata }: KubeObject): string {
  return metadata.namespace === undefined ? metadata.name : formatKey(keyOf({ metadata }));
}

/** Resolves with what is there at the end of the drain; `undefined`: the user has had enough. */
async function follow(session: Session, sight: Sight, node: string): Promise<DrainReport | undefined> {
  const stop = new AbortController();
  const signal = AbortSignal.any([session.signal, stop.signal]);
  const ended = Promise.withResolvers<DrainReport>();
  const show = shower(session);
  const begun = session.now();
  const look = () => {
    const now = session.now();
    const report = reportDrain({ ...readable(sight), node, now });
    show(report);
    const mayBegin = isCordoned(sight, node) && now - begun < PATIENCE;
    if (report.drain === 'Empty' || (report.drain === 'Quiet' && !mayBegin)) ended.resolve(report);
  };
  look();
  const timer = setInterval(look, LOOK_AGAIN);
  const followed = Promise.all(
    Object.values(sight).map((one: Gathered) => keepUp(session, one, { signal, look })),
  );
  try {
    return await Promise.race([ended.promise, followed.then(() => undefined)]);
  } finally {
    clearInterval(timer);
    stop.abort();
    await followed.catch(() => undefined);
  }
}

async function keepUp(
  session: Session,
  { resource, resourceVersion, objects }: Gathered,
  { signal, look }: { readonly signal: AbortSignal; readonly look: () => void },
): Promise<void> {
  for await (const { type, object } of changesOf(session, { resource, resourceVersion }, signal)) {
    if (type === 'DELETED') objects.delete(nameOf(object));
    else objects.set(nameOf(object), object);
    look();
  }
}

/** What a newer operator has written, and can't be read, is left out. */
function readable({ instances, migrations, nodes }: Sight) {
  return {
    instances: [...instances.objects.values()].flatMap((one) => Instance.safeParse(one).data ?? []),
    migrations: [...migrations.objects.values()].flatMap((one) => LiveMigration.safeParse(one).data ?? []),
    nodes: [...nodes.objects.values()].map(parseNode),
  };
}

function isCordoned({ nodes }: Sight, node: string): boolean {
  return parseNode(nodes.objects.get(node)).spec.unschedulable;
}

function linesOf({ rows }: DrainReport): string[] {
  return rows.length === 0 ? [] : new Table(DRAIN_HEAD).lines(rows.map(rowOfDrain), 'WithHead');
}

/** The table in place of the last one where somebody looks; else one after the other, when more has changed than the time. */
function shower({ terminal }: Session): (report: DrainReport) => void {
  let told = '';
  return (report) => {
    const lines = linesOf(report);
    if (terminal.show !== undefined) {
      terminal.show(lines.join('\n'));
      return;
    }
    const news = JSON.stringify(report.rows.map((row) => ({ ...row, progress: undefined })));
    if (news === told) return;
    if (told !== '' && lines.length > 0) terminal.print('');
    told = news;
    for (const line of lines) terminal.print(line);
  };
}
