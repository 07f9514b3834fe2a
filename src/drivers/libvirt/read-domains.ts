import { randomUUID } from 'node:crypto';
import { parseDomain } from './parse.ts';
import { guestState, parseStatistics, transferJob } from './statistics.ts';
import type { HostDomain } from './view.ts';
import type { VirshResult } from './virsh.ts';

/** How many domains one call reads: each is some KiB of arguments and answers. */
export const READ_AT_ONCE = 20;

const PARTS = ['dominfo', 'domstats --raw --state', 'domjobinfo --rawstats', 'dumpxml', 'dumpxml --inactive'];

/** The call that reads domains, and what it answers. */
export interface DomainQuery {
  readonly names: readonly string[];
  readonly args: readonly string[];
  /** One of them; `undefined`: there is no such domain. @throws where it is of a kind that we can't read. */
  parse(stdout: string, name: string): HostDomain | undefined;
}

/** `names` are names of our domains, so they have no blank and no quote in them. */
export function queryDomains(names: readonly string[]): DomainQuery {
  // Texts that a tenant has written are in the answers.
  const mark = `mark-${randomUUID()}`;
  const commands = names.flatMap((name) => PARTS.map((part) => `${part} ${name}; echo ${mark}`));
  return {
    names,
    args: [commands.join('; ')],
    parse(stdout, name) {
      const at = names.indexOf(name);
      return domainFrom(stdout.split(mark).slice(at * PARTS.length, (at + 1) * PARTS.length));
    },
  };
}

function domainFrom(answers: readonly string[]): HostDomain | undefined {
  const [info, state, job, current, next] = PARTS.map((_, at) => answers[at]?.trim() ?? '');
  if (!info || !current) return undefined;
  const known = guestState(parseStatistics(state ?? ''));
  const isPersistent = /^Persistent:\s+yes$/m.test(info);
  return {
    state: known,
    running: known === 'Off' ? undefined : parseDomain(current),
    stored: isPersistent && next ? parseDomain(next) : undefined,
    job: transferJob(parseStatistics(job ?? '')),
  };
}

/** The lines of a list of names. */
export function namesIn(result: VirshResult): string[] {
  return result.kind === 'Done' ? result.stdout.split('\n').filter((line) => line !== '') : [];
}
