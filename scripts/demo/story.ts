import type { InstanceState } from '../../src/api/instance.ts';
import { SOURCE_LABEL } from '../../src/api/names.ts';
import { NODES } from '../../src/api/resources.ts';
import { isFinal } from '../../src/domain/live-migration/decide.ts';
import { ResourceClient } from '../../src/kube/resource-client.ts';
import type { AuditEvent } from '../../test/control-plane/audit-log.ts';
import { OPERATOR_USER } from '../../test/support/installed-control-plane.ts';
import { leaseRenewed, type Stage } from '../../test/support/stage.ts';
import type { Observer } from '../../test/support/observer.ts';
import { describeProgress, type Narrator } from './narrator.ts';
import { lastRefusal, requestsOf, type VmEvidence } from '../../test/support/evidence.ts';
import { waitFor } from '../../test/support/wait.ts';
import { KEY, type Backstage } from './backstage.ts';

/** One transition of the Instance, as it was observed. */
export interface Step {
  readonly step: 'create' | 'rescue' | 'migrate' | 'unrescue';
  readonly state: InstanceState;
  readonly node: string;
  /** uid and disks of what runs, as KubeVirt says, or the guest on a libvirt host; null where nobody says it. */
  readonly vmUid: string | null;
  readonly disks: readonly string[] | null;
  readonly seconds: number;
}

interface Refusal {
  readonly case: 'destination' | 'v1alpha1' | 'unrescue-while-migrating';
  readonly code: number;
  readonly reason: string;
  readonly message: string;
}

/** What the demo has seen; nothing in it is assumed. */
export interface Report {
  readonly driver: string;
  /** Whether every step came out as it should. */
  ok: boolean;
  readonly steps: Step[];
  readonly statesSeenWhileMigrating: InstanceState[];
  readonly refusals: Refusal[];
  readonly specHash: { beforeRescue: string | null; afterUnrescue: string | null };
  readonly requests: Record<Step['step'] | 'idleResync', number>;
}

/** Whose requests are counted; what happens between two steps is not. */
type Act = keyof Report['requests'] | 'between';

/** A step that came out other than it should. */
class Deviation extends Error {}

/** Tells the story on a stage; throws Deviation at the first step that differs from what medevac promises. */
export async function tellStory(props: StoryProps): Promise<void> {
  const story = new Story(props);
  await story.create();
  await story.rescue();
  await story.refusedMigrations();
  await story.migrate();
  await story.unrescue();
  await story.idleResync();
  await story.countRequests();
}

export interface StoryProps {
  readonly stage: Stage;
  readonly backstage: Backstage;
  readonly observer: Observer;
  readonly narrator: Narrator;
  /** Is filled in as things are seen. */
  readonly report: Report;
}

class Story {
  readonly #stage: Stage;
  readonly #backstage: Backstage;
  readonly #observer: Observer;
  readonly #narrator: Narrator;
  readonly #report: Report;
  /** What was begun, and when (milliseconds since the epoch). */
  readonly #acts: { name: Act; since: number }[] = [];

  constructor({ stage, backstage, observer, narrator, report }: StoryProps) {
    this.#stage = stage;
    this.#backstage = backstage;
    this.#observer = observer;
    this.#narrator = narrator;
    this.#report = report;
  }

  async create(): Promise<void> {
    this.#narrator.chapter('1. An Instance');
    const { storage, normal } = this.#backstage.manifests;
    if (storage !== undefined) await this.#accepted('apply', '-f', storage);
    const evidence = await this.#transition('create', 'Running', () => this.#accepted('apply', '-f', normal));
    this.#report.specHash.beforeRescue = evidence?.specHash ?? null;
  }

  async rescue(): Promise<void> {
    this.#narrator.chapter('2. Rescue: the rescue image boots, its own disks are behind it');
    const evidence = await this.#transition('rescue', 'Rescued', () =>
      this.#accepted('apply', '-f', this.#backstage.manifests.rescued),
    );
    if (evidence === undefined) return;
    const first = evidence.disks.filter((disk) => disk.endsWith('*'));
    this.#expect(
      first.length === 1 && first[0] === evidence.disks.at(-1),
      'the rescue disk is last and boots first',
    );
    this.#expect(evidence.disks[0] === 'root', 'the root disk is in its place');
  }

  async refusedMigrations(): Promise<void> {
    this.#narrator.chapter('3. Migrations that are refused');
    await this.#refused('destination', 400, 'apply', '-f', this.#backstage.manifests.toIncapable);
    await this.#refused('v1alpha1', 409, 'apply', '-f', 'examples/web-1-away-v1alpha1.yaml');
  }

  async migrate(): Promise<void> {
    this.#narrator.chapter('4. A live migration while it is rescued');
    const [observer, { manifests, patience }] = [this.#observer, this.#backstage];
    const before = this.#last();
    const from = observer.instances.length;
    const finish = this.#narrator.followMigrations(observer);
    await this.#transition('migrate', 'Rescued', async () => {
      await this.#accepted('apply', '-f', manifests.away);
      await observer.until('the Instance is being migrated', () =>
        this.#instanceSince(from, (i) => i.status?.operation?.type === 'Migrate'),
      );
      await this.#refused('unrescue-while-migrating', 409, 'apply', '-f', manifests.normal);
      const isOver = () => observer.migrations.find(({ object }) => isFinal(object.status?.phase));
      await observer.until('the migration is over', isOver, patience);
    });
    finish();
    const migration = observer.migrations.at(-1)?.object;
    this.#narrator.seen(describeProgress(migration));
    this.#expect(migration?.status?.phase === 'Succeeded', 'the migration succeeded');
    const states = observer.instances.slice(from).flatMap(({ object }) => object.status?.state ?? []);
    this.#report.statesSeenWhileMigrating.push(...new Set(states));
    this.#expect(
      states.length > 0 && states.every((state) => state === 'Rescued'),
      'Rescued in every event of the watch',
    );
    const after = this.#last();
    this.#expect(after.node !== before.node, `it moved from ${before.node} to ${after.node}`);
    this.#expect(
      after.vmUid === before.vmUid && String(after.disks) === String(before.disks),
      'the same VM with the same disks',
    );
  }

  async unrescue(): Promise<void> {
    this.#narrator.chapter('5. Unrescue: rendered from the stored spec again');
    await this.#ruinSource();
    const evidence = await this.#transition('unrescue', 'Running', () =>
      this.#accepted('apply', '-f', this.#backstage.manifests.normal),
    );
    const { specHash } = this.#report;
    specHash.afterUnrescue = evidence?.specHash ?? null;
    if (evidence !== undefined) {
      this.#expect(
        specHash.afterUnrescue === specHash.beforeRescue,
        'the VM is, field by field, the one before the rescue',
      );
    }
  }

  /** What the operator sees of that belongs to no step. */
  async #ruinSource(): Promise<void> {
    const source = this.#report.steps.at(-2)?.node;
    this.#begin('between');
    if (source === undefined) return;
    await this.#backstage.ruin(source);
    const nodes = new ResourceClient(this.#stage.admin, NODES);
    const isCapable = async () =>
      (await nodes.get({ namespace: '', name: source })).metadata.labels?.[SOURCE_LABEL];
    await waitFor(`${source} is capable again`, isCapable, { timeoutMs: this.#backstage.patience });
  }

  /** A new process looks at everything once more, and has nothing to write. (The memory driver's VMs end with theirs.) */
  async idleResync(): Promise<void> {
    const restart = this.#stage.driver !== 'memory';
    this.#narrator.chapter(restart ? '6. The operator is restarted' : '6. Nothing happens');
    this.#begin('idleResync');
    if (restart) {
      await this.#stage.restartOperator();
      await this.#stage.operator.caughtUp();
    } else {
      await leaseRenewed(this.#stage.admin);
    }
  }

  /** Counts what the operator has sent from the beginning of each act to that of the next. */
  async countRequests(): Promise<void> {
    const log = await this.#stage.controlPlane.auditLog();
    const { requests } = this.#report;
    this.#acts.forEach(({ name, since }, index) => {
      const until = this.#acts[index + 1]?.since ?? Date.now();
      if (name === 'between') return;
      const sent = requestsOf(log, { user: OPERATOR_USER, since, until });
      requests[name] = sent.filter((event) => !isSecondLook(event)).length;
    });
    this.#expect(requests.idleResync === 0, 'all is as it should be: no request');
  }

  #begin(name: Act): number {
    const since = Date.now();
    this.#acts.push({ name, since });
    return since;
  }

  /** Does something, waits until the Instance has settled in the state, and writes down what is there. */
  async #transition(
    step: Step['step'],
    state: InstanceState,
    act: () => Promise<void>,
  ): Promise<VmEvidence | undefined> {
    const observer = this.#observer;
    const from = observer.instances.length;
    const since = this.#begin(step);
    const finish = this.#narrator.followInstances(observer, from);
    await act();
    const isSettled = () =>
      this.#instanceSince(
        step === 'migrate' ? observer.instances.length - 1 : from,
        ({ metadata, status }) =>
          status?.state === state &&
          status.operation === undefined &&
          status.observedGeneration === metadata.generation,
      );
    const settled = await observer.until(`${KEY.name} is ${state}`, isSettled, this.#backstage.patience);
    finish();
    const node = settled.object.status?.node ?? '';
    return this.#record({ step, state, node, seconds: Math.round((settled.at - since) / 100) / 10 });
  }

  /** Adds what is shown of the VM to what was seen of the Instance. */
  async #record(seen: Omit<Step, 'vmUid' | 'disks'>): Promise<VmEvidence | undefined> {
    const evidence = await this.#backstage.evidence(seen.node);
    this.#report.steps.push({ ...seen, vmUid: evidence?.vmUid ?? null, disks: evidence?.disks ?? null });
    const disks = evidence === undefined ? '' : `, disks ${evidence.disks.join(' ')}`;
    this.#narrator.good(`${seen.state} on ${seen.node}${disks}`);
    const facts = await this.#backstage.factsAfter(this.#report.steps);
    for (const { holds, what } of facts) this.#expect(holds, what);
    return evidence;
  }

  #instanceSince(from: number, matches: (instance: Observer['instances'][number]['object']) => boolean) {
    return this.#observer.instances.slice(Math.max(0, from)).find(({ object }) => matches(object));
  }

  #last(): Step {
    const step = this.#report.steps.at(-1);
    if (step === undefined) throw new Deviation('no step was made');
    return step;
  }

  async #accepted(...args: string[]): Promise<void> {
    const { code } = await this.#kubectl(args);
    if (code !== 0) throw new Deviation(`kubectl ${args.join(' ')} should have been accepted`);
  }

  async #refused(which: Refusal['case'], code: number, ...args: string[]): Promise<void> {
    const printed = await this.#kubectl(args);
    if (printed.code === 0) throw new Deviation(`kubectl ${args.join(' ')} should have been refused`);
    const refusal = lastRefusal(await this.#stage.controlPlane.auditLog(), this.#stage.user);
    if (refusal === undefined) throw new Deviation('the API server has refused nothing');
    this.#report.refusals.push({ case: which, ...refusal });
    this.#expect(refusal.code === code, `refused with ${code}`);
  }

  async #kubectl(args: readonly string[]) {
    this.#narrator.typed(`kubectl ${args.join(' ')}`);
    const printed = await this.#stage.kubectl(args);
    this.#narrator.answered(printed.stdout + printed.stderr);
    return printed;
  }

  #expect(holds: boolean, what: string): void {
    if (!holds) throw new Deviation(`not so: ${what}`);
    this.#narrator.good(what);
  }
}

/** What is read before a request is refused is no part of a step (docs/adr/0063-a-second-look.md). */
function isSecondLook({ verb, objectRef }: AuditEvent): boolean {
  return verb === 'get' && ['instances', 'livemigrations'].includes(objectRef?.resource ?? '');
}
