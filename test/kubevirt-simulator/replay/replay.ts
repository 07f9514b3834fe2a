import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { ControlPlane } from '../../control-plane/control-plane.ts';
import { toldAnswer } from './answer.ts';
import { atomsOf, learnNames } from './atoms.ts';
import type { Atom } from './atoms.ts';
import { isCommand, repeatCommand } from './command.ts';
import { compareEvents, compareOrder, compareWrites, withoutFlaps } from './compare.ts';
import type { Comparison, Difference } from './compare.ts';
import { callOf, callsOf } from './lines.ts';
import type { HttpCall, TraceLine } from './lines.ts';
import { notReached } from './not-reached.ts';
import type { Recorder } from './recorder.ts';
import { byTurn } from './twins.ts';

/** Namespace of all recordings. */
const recordedNamespace = 'vms';

/** Nothing has been written for so long: what is missing now does not come any more. */
const idleMs = 20_000;

/** The simulator shares the thread with who looks at all of its writes: it has so many times as long as a look takes. */
const REST = 4;

export interface ReplayParts {
  readonly controlPlane: ControlPlane;
  readonly recorder: Recorder;
  readonly namespace: string;
  /** What was done beside the API before the n-th call: failures of guests and images. */
  readonly before?: Readonly<Record<number, () => Promise<void> | void>>;
  /** What was done beside the API when something had been recorded, in this order. */
  readonly reactions?: readonly Reaction[];
  /** Steps at which calls were sent at the same moment as the next one. */
  readonly simultaneous?: readonly number[];
  /** Commands: the step that tells how one ended → when it was typed (`t_ms`). */
  readonly typed?: Readonly<Record<number, number>>;
}

export interface Reaction {
  /** `Pod/virt-launcher-vm-a-#2#0 status.phase="Succeeded"`. */
  readonly after: string;
  act(): Promise<void> | void;
}

/** A line of the recording at which the replay does something. */
interface Step {
  readonly line: TraceLine;
  readonly index: number;
  readonly t_ms: number;
  readonly does: 'call' | 'type' | 'note';
}

/** Repeats the calls of a recording, each when what preceded it in the recording has happened here too. */
export class Replay {
  readonly #parts: ReplayParts;
  readonly #lines: readonly TraceLine[];
  readonly #wanted: readonly Atom[];
  /** A call may have been made in the middle of a flap: it is waited for what lasted. */
  readonly #lasting: readonly Atom[];
  readonly #agent: Agent;
  readonly #http: Difference[] = [];
  readonly #commands = new Map<number, Promise<string>>();
  #reactions: readonly Reaction[];

  constructor(lines: readonly TraceLine[], parts: ReplayParts) {
    this.#reactions = parts.reactions ?? [];
    this.#lines = lines;
    this.#parts = parts;
    this.#wanted = atomsOf(lines);
    this.#lasting = withoutFlaps(this.#wanted);
    this.#agent = new Agent({ connect: { ca: parts.controlPlane.ca } });
  }

  async run(): Promise<void> {
    let together: Promise<void>[] = [];
    for (const step of this.#steps()) {
      const { method = '', path = '', text = '' } = step.line;
      if (together.length === 0) {
        await this.#settle(step.t_ms, `step ${step.index}: ${method} ${path} ${text}`);
      }
      await this.#parts.before?.[step.index]?.();
      together.push(this.#do(step));
      if (this.#parts.simultaneous?.includes(step.index) !== true) {
        await Promise.all(together);
        together = [];
      }
    }
    await this.#settle(Infinity, 'the end');
    await this.#agent.close();
  }

  /**
   * Writes, order, events and answers, each against the recording. A write may be seen before its writer has been answered,
   * and events are told beside the work: both may still come when all else has.
   */
  compare(): Record<'writes' | 'order' | 'events' | 'http', Comparison> {
    const got = this.#recorded();
    const atoms = atomsOf(got);
    return {
      writes: compareWrites(this.#wanted, atoms),
      order: compareOrder(this.#wanted, atoms),
      events: compareEvents(this.#lines, got),
      http: { compared: callsOf(this.#lines).length + this.#commands.size, differences: this.#http },
    };
  }

  #steps(): Step[] {
    const lines = this.#lines.filter(({ type }) => type === 'HTTP' || type === 'NOTE');
    const steps = lines.flatMap((line, index): Step[] => {
      const step = { line, index, t_ms: line.t_ms };
      const typed = this.#parts.typed?.[index];
      return [
        ...(typed === undefined ? [] : [{ ...step, t_ms: typed, does: 'type' } as const]),
        { ...step, does: line.type === 'HTTP' ? 'call' : 'note' },
      ];
    });
    return steps.toSorted((a, b) => a.t_ms - b.t_ms);
  }

  async #do({ line, index, does }: Step): Promise<void> {
    if (does === 'call') {
      await this.#call(callOf(line));
    } else if (does === 'type') {
      this.#commands.set(index, repeatCommand(this.#parts.controlPlane, line));
    } else if (isCommand(line)) {
      this.#compareTexts(
        line.text?.split('\n')[0] ?? '',
        line.text ?? '',
        (await this.#commands.get(index)) ?? '',
      );
    }
  }

  #compareTexts(where: string, wanted: string, found: string): void {
    const want = withoutRepeats(learnNames(this.#lines).apply(wanted));
    const names = learnNames(this.#recorded());
    const got = withoutRepeats(names.apply(found.replaceAll(this.#parts.namespace, recordedNamespace)));
    if (want !== got) {
      this.#http.push({ what: 'http', where, want, got });
    }
  }

  #recorded(): TraceLine[] {
    return byTurn(this.#toTheirs(this.#parts.recorder.lines()));
  }

  #toTheirs<T>(value: T): T {
    return JSON.parse(JSON.stringify(value).replaceAll(this.#parts.namespace, recordedNamespace)) as T;
  }

  /** Waits until whatever a reader could have seen before a call is there. */
  async #settle(before: number, what: string): Promise<void> {
    for (;;) {
      const begun = performance.now();
      const next = this.#parts.recorder.next();
      const found = atomsOf(this.#recorded());
      await this.#react(found);
      const missing = notReached(this.#lasting, found, before);
      if (missing.length === 0) {
        return;
      }
      const took = performance.now() - begun;
      const late = delay(idleMs, 'late', { ref: false });
      if ((await Promise.race([next, late])) === 'late') {
        const answers = this.#http.map(({ where, want, got }) => `${where}\n  want ${want}\n  got  ${got}`);
        throw new Error(
          [`${what}: what preceded it in the recording has not happened:`, ...missing, ...answers].join('\n'),
        );
      }
      await delay(REST * took);
    }
  }

  async #react(found: readonly Atom[]): Promise<void> {
    const [next, ...later] = this.#reactions;
    if (
      next !== undefined &&
      found.some(({ object, path, value }) => `${object} ${path}=${value}` === next.after)
    ) {
      this.#reactions = later;
      await next.act();
    }
  }

  async #call(call: HttpCall): Promise<void> {
    const own = this.#toOwn({ ...call, t_ms: 0 });
    const answer = await this.#send(own);
    const { metadata } = answer.body as { metadata?: { resourceVersion?: string } };
    // A dry run is answered with the revision that somebody else has written.
    if (!call.path.includes('dryRun=')) {
      this.#parts.recorder.claim(metadata?.resourceVersion ?? '');
    }
    const body = this.#toTheirs(answer.body);
    const want = toldAnswer(call, learnNames(this.#lines));
    const got = toldAnswer({ code: answer.code, body }, learnNames(this.#recorded()));
    if (want !== got) {
      this.#http.push({ what: 'http', where: `${call.method} ${call.path}`, want, got });
    }
  }

  /** Generated names and the namespace of the recording become those of the replay. */
  #toOwn(call: HttpCall): HttpCall {
    const theirs = podNames(this.#lines);
    const ours = podNames(this.#parts.recorder.lines());
    let text = JSON.stringify(call)
      .replaceAll(`/namespaces/${recordedNamespace}/`, `/namespaces/${this.#parts.namespace}/`)
      .replaceAll(`"namespace":"${recordedNamespace}"`, `"namespace":"${this.#parts.namespace}"`);
    for (const [index, name] of theirs.entries()) {
      text = text.replaceAll(name, ours[index] ?? name);
    }
    return JSON.parse(text) as HttpCall;
  }

  /** Not through our own transport: it hides the code of a success, and repeats what it takes for a hiccup. */
  async #send(call: HttpCall): Promise<Pick<HttpCall, 'code' | 'body'>> {
    const { controlPlane } = this.#parts;
    // The one user without rights in the recordings is the one that was told so.
    const token = controlPlane.token(call.code === 403 ? 'alice' : 'admin');
    const hasBody = call.request !== undefined && call.request !== null;
    const response = await request(`${controlPlane.url}${call.path}`, {
      dispatcher: this.#agent,
      method: call.method,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': call.method === 'PATCH' ? patchType(call.request) : 'application/json',
      },
      ...(hasBody && { body: JSON.stringify(call.request) }),
    });
    const text = await response.body.text();
    return { code: response.statusCode, body: text.startsWith('{') ? (JSON.parse(text) as unknown) : text };
  }
}

/** How often something is tried again depends on how long it takes. */
function withoutRepeats(text: string): string {
  const lines = text.trimEnd().split('\n');
  return lines.filter((line, index) => line !== lines[index - 1]).join('\n');
}

function patchType(body: unknown): string {
  return Array.isArray(body) ? 'application/json-patch+json' : 'application/merge-patch+json';
}

function podNames(lines: readonly TraceLine[]): string[] {
  return lines.flatMap(({ type, kind, name }) =>
    type === 'ADDED' && kind === 'Pod' && name !== undefined ? [name] : [],
  );
}
