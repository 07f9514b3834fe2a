import { LiveMigrationSpec } from '../api/live-migration.ts';
import type { Invocation } from './command.ts';
import { blameFlag, type FlagsOfFields } from './blame-flag.ts';
import { Complaint } from './complaint.ts';
import { isOver, type MigrationObject } from './objects.ts';

const FIELD_FLAGS: FlagsOfFields = {
  'destination.nodeName': ['to', 'Write the name of a node.'],
  'destination.nodeSelector': ['selector', 'Write LABEL=VALUE.'],
  'policy.completionTimeout': ['completion-timeout', 'Write hours, minutes and seconds, such as 30m.'],
  'policy.bandwidth': ['bandwidth', 'Write bytes per second, such as 1Gi.'],
};

/** The spec of the LiveMigration that the flags ask for. Pure. @throws Complaint */
export function migrationFrom(invocation: Invocation): { readonly instanceName: string } {
  const destination = destinationFrom(invocation);
  const policy = policyFrom(invocation);
  const given = {
    instanceName: invocation.names[0] ?? '',
    ...(destination !== undefined && { destination }),
    ...(Object.keys(policy).length > 0 && { policy }),
  };
  const parsed = LiveMigrationSpec.safeParse(given);
  if (!parsed.success) throw blameFlag(parsed.error, FIELD_FLAGS, invocation);
  return given;
}

function destinationFrom(invocation: Invocation): object | undefined {
  const [nodeName, selectors] = [invocation.text('to'), invocation.texts('selector')];
  if (nodeName !== undefined && selectors.length > 0) {
    throw new Complaint('Name a node with --to, or its labels with --selector, not both.', 'usage');
  }
  if (nodeName !== undefined) return { nodeName };
  if (selectors.length === 0) return undefined;
  const pairs = selectors.flatMap((selector) => selector.split(',')).map((pair) => pair.split('='));
  if (pairs.some((pair) => pair.length !== 2)) {
    throw new Complaint(`--selector ${selectors.join(',')} can't be used. Write LABEL=VALUE.`, 'usage');
  }
  const nodeSelector: Record<string, string> = Object.fromEntries(
    pairs.map(([label = '', value = '']) => [label, value]),
  );
  return { nodeSelector };
}

function policyFrom(invocation: Invocation): object {
  const policy = {
    completionTimeout: invocation.text('completion-timeout'),
    onTimeout: invocation.text('on-timeout'),
    bandwidth: invocation.text('bandwidth'),
    ...(invocation.has('auto-converge') && { autoConverge: true }),
    ...(invocation.has('post-copy') && { postCopy: true }),
  };
  return Object.fromEntries(Object.entries(policy).filter(([, value]) => value !== undefined));
}

/** A LiveMigration is found by its own name, or as the one of its Instance that is not over. Pure. */
export function findUnfinished(
  migrations: readonly MigrationObject[],
  name: string,
  namespace: string,
): MigrationObject {
  const named = migrations.find(({ metadata }) => metadata.name === name);
  const unfinished = named ?? migrations.find((one) => one.spec.instanceName === name && !isOver(one));
  if (unfinished !== undefined && !isOver(unfinished)) return unfinished;
  const key = `${namespace}/${name}`;
  if (named !== undefined) {
    throw new Complaint(`LiveMigration ${key} is over already: it is ${named.status.phase ?? ''}.`);
  }
  throw new Complaint(
    `Nothing is being migrated by the name ${key}. kubectl medevac list shows what is, in the column MIGRATION.`,
  );
}
