import { milliseconds } from '../domain/duration.ts';
import { Duration } from '../api/schema.ts';
import type { KubeObject, Resource } from '../kube/resource.ts';
import type { Invocation } from './command.ts';
import { Complaint } from './complaint.ts';
import type { End } from './ends.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { versionsOf, type Session } from './session.ts';

/** What is waited for, and how it is shown meanwhile. */
export interface Waiting {
  readonly resource: Resource;
  /** The object as our request has left it. */
  readonly first: KubeObject;
  readonly timeoutMs: number;
  end(object: KubeObject | undefined): End;
  /** What a person who looks is shown, as often as it changes or a second has passed. */
  line(end: End, now: number): string;
  /** What ends with the waiting, and what does not. */
  readonly goesOn: string;
}

const DEFAULT_TIMEOUT = '10m';
const REDRAW_AFTER = 1_000;

/** How long `--timeout` lets a command wait. @throws Complaint */
export function timeoutOf(invocation: Invocation): number {
  const given = invocation.text('timeout') ?? DEFAULT_TIMEOUT;
  if (Duration.safeParse(given).success) return milliseconds(given);
  throw new Complaint(
    `--timeout ${given} can't be used. Write hours, minutes and seconds, such as 90s or 1h30m.`,
    'usage',
  );
}

/** Follows an object until it shows the end; resolves with the exit code. */
export async function waitForEnd(session: Session, waiting: Waiting): Promise<number> {
  const { terminal, signal } = session;
  const late = AbortSignal.timeout(waiting.timeoutMs);
  const stop = AbortSignal.any([signal, late]);
  let end = waiting.end(waiting.first);
  let told = '';
  const redraw = () => terminal.show?.(waiting.line(end, session.now()));
  const timer = setInterval(redraw, REDRAW_AFTER);
  try {
    for await (const version of versionsOf(session, waiting.resource, waiting.first, stop)) {
      end = waiting.end(version);
      if (end.kind !== 'Unfinished') return tellEnd(session, end);
      redraw();
      if (terminal.show === undefined && end.text !== told) terminal.tell(end.text);
      told = end.text;
    }
  } finally {
    clearInterval(timer);
  }
  if (signal.aborted) {
    terminal.tell(waiting.goesOn);
    return EXIT_CODES.interrupted;
  }
  throw new Complaint(
    `The time is over, and it is not at its end: ${end.text}. ${waiting.goesOn}`,
    'waitedInVain',
  );
}

function tellEnd({ terminal }: Session, { kind, text }: End): number {
  if (kind === 'Missed') throw new Complaint(text);
  terminal.print(text);
  return EXIT_CODES.done;
}
