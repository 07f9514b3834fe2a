import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import type { Instance } from '../../../src/api/instance.ts';
import { MODE_ANNOTATION } from '../../../src/api/names.ts';
import { isFinal } from '../../../src/domain/live-migration/decide.ts';
import { ResourceClient } from '../../../src/kube/resource-client.ts';
import { Reflector } from '../../../src/runtime/reflector.ts';
import { resources } from '../../kubevirt-simulator/objects/kinds.ts';
import type { Migration, VirtualMachineInstance } from '../../kubevirt-simulator/objects/kinds.ts';
import { requestsOf } from '../../support/evidence.ts';
import { OPERATOR_USER } from '../../support/installed-control-plane.ts';
import { Observer } from '../../support/observer.ts';
import { raiseStage, type Stage } from '../../support/stage.ts';
import { Actor } from './actor.ts';
import { leaveResult } from '../stories/results.ts';
import { ordersUnderLock, Safety } from '../stories/safety.ts';
import { scriptOf, told } from './script.ts';
import { readSettings, toldSettings } from './settings.ts';

const settings = readSettings(process.env);
const names = Array.from({ length: settings.instances }, (_, index) => `vm-${index + 1}`) as [string];
const nodes: [string, ...string[]] = ['node-a', 'node-b', 'node-c'];

/** Nothing has been seen for so long: no more will come by itself. Milliseconds. */
const LULL = 300;
/** KubeVirt's own pause after failed starts is the longest of all that has to pass. Milliseconds. */
const CONVERGENCE = 180_000;

describe(`${settings.actions} random actions and failures on ${settings.instances} Instances (${toldSettings(settings)})`, () => {
  const safety = new Safety();
  let stage: Stage;
  let observer: Observer;
  let actor: Actor;
  const watching = new AbortController();
  const closing: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    stage = await raiseStage('kubevirt');
    closing.push(() => stage.close());
    if (stage.simulator === undefined) throw new Error('no simulator');
    actor = new Actor(stage, stage.simulator, safety);
    closing.push(() => actor.close());
    observer = new Observer(stage.admin, stage.namespace);
    closing.push(() => observer.close());
    watchEverything();
  }, 120_000);

  afterAll(async () => {
    watching.abort();
    for (const close of closing.toReversed()) await close();
  });

  /** Each event is checked when it has come, and once. */
  function watchEverything(): void {
    const checked = { instances: 0, migrations: 0 };
    observer.onEvent(() => {
      for (const { object, at, type } of observer.instances.slice(checked.instances)) {
        if (type !== 'DELETED') safety.instance(object, at);
      }
      for (const { object } of observer.migrations.slice(checked.migrations)) safety.migration(object);
      checked.instances = observer.instances.length;
      checked.migrations = observer.migrations.length;
    });
    const reflector = new Reflector<Migration>({
      transport: stage.admin,
      resource: resources.VirtualMachineInstanceMigration,
      namespace: stage.namespace,
      logger: pino({ level: 'silent' }),
    });
    reflector.onChange(({ type, object }) => {
      safety.driverMigration(object, type === 'Deleted');
    });
    reflector.start(watching.signal);
  }

  function latest(): Map<string, Instance> {
    return new Map(observer.instances.map(({ object }) => [object.metadata.name, object]));
  }

  /** Resolves after so many events more, or when nothing happens any more. */
  async function passed(events: number): Promise<void> {
    const seen = () => observer.instances.length + observer.migrations.length;
    const until = seen() + events;
    while (seen() < until) {
      const event = Promise.withResolvers<string>();
      const stopListening = observer.onEvent(() => event.resolve('event'));
      const end = new AbortController();
      const lull = delay(LULL, 'lull', { signal: end.signal }).catch(() => 'over');
      const first = await Promise.race([event.promise, lull]);
      end.abort();
      stopListening();
      if (first === 'lull') return;
    }
  }

  function isConverged({ metadata, spec, status }: Instance): boolean {
    const power = spec.powerState === 'Running' ? 'Running' : 'Stopped';
    return (
      status?.state === (spec.rescue === undefined ? power : 'Rescued') &&
      status.operation === undefined &&
      status.observedGeneration === metadata.generation &&
      status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true
    );
  }

  /** What is not as the specs ask, one line each. */
  function unfinished(): string[] {
    const migrations = new Map(observer.migrations.map((seen) => [seen.object.metadata.name, seen]));
    return [
      ...[...latest().values()]
        .filter((instance) => !isConverged(instance))
        .map(({ metadata, spec, status }) =>
          JSON.stringify([metadata.name, spec.rescue, spec.powerState, status]),
        ),
      ...[...migrations.values()]
        .filter(({ type, object }) => type !== 'DELETED' && !isFinal(object.status?.phase))
        .map(({ object }) => JSON.stringify([object.metadata.name, object.spec, object.status])),
    ];
  }

  /** Waits until so many Instances are there, and all is as their specs ask. */
  async function converged(what: string, count: number): Promise<void> {
    const all = () => (latest().size === count && unfinished().length === 0 ? true : undefined);
    await observer.until(what, all, CONVERGENCE).catch((error: unknown) => {
      throw new Error(`${what}, but not:\n${unfinished().join('\n')}`, { cause: error });
    });
  }

  it('keep every promise at every moment, and end as the specs ask', async () => {
    for (const name of names) await actor.create(name);
    await converged('all run', names.length);

    const script = scriptOf(settings.seed, settings.actions, { names, nodes });
    const begun = performance.now();
    for (const [index, step] of script.entries()) {
      if (settings.steps.length > 0 && !settings.steps.includes(index)) continue;
      await passed(step.events);
      process.stdout.write(`${Math.round(performance.now() - begun)} ms: ${told(step, index)}\n`);
      await actor.do(step.action);
    }
    actor.healAll(names);
    await converged('when all is healed, all becomes as the specs ask', names.length);

    const withoutLock = ordersUnderLock(await stage.controlPlane.auditLog(), OPERATOR_USER);
    leaveResult('random', {
      fault: `${script.length} of what users, admins and accidents do to ${names.length} Instances, in one long history`,
      runs: 1,
      violations: safety.violations.length + withoutLock.length,
      counts: Object.fromEntries([...actor.refusals].map(([answer, count]) => [`refused ${answer}`, count])),
    });
    expect(safety.violations).toEqual([]);
    expect(withoutLock).toEqual([]);
    expect(await bootModes()).toEqual(wantedModes());
    const refusals = [...actor.refusals].map(([answer, count]) => `${count} × ${answer}`).join(', ');
    process.stdout.write(
      `${toldSettings(settings)}: ${observer.instances.length + observer.migrations.length} events, ` +
        `${safety.holds.length} migrations had the lock, refused: ${refusals}, ` +
        `${Math.round((performance.now() - begun) / 1000)} s\n`,
    );
  }, 900_000);

  /** How each guest is booted, as KubeVirt has it. */
  async function bootModes(): Promise<Record<string, string>> {
    const { items } = await new ResourceClient<VirtualMachineInstance>(
      stage.admin,
      resources.VirtualMachineInstance,
    ).list({ namespace: stage.namespace });
    return Object.fromEntries(
      items.map(({ metadata }) => [metadata.name, metadata.annotations?.[MODE_ANNOTATION] ?? '']),
    );
  }

  function wantedModes(): Record<string, string> {
    const on = [...latest().values()].filter(
      ({ spec }) => spec.powerState === 'Running' || spec.rescue !== undefined,
    );
    return Object.fromEntries(
      on.map(({ metadata, spec }) => [metadata.name, spec.rescue === undefined ? 'Normal' : 'Rescue']),
    );
  }

  it('leave nothing to be done', async () => {
    // What the last of them has brought about may still be written down.
    await passed(Infinity);
    const since = Date.now();
    for (const name of names) await actor.touch(name);
    // An Instance that is made now is looked at after all those: the queue is served in order.
    await actor.create('last');
    await converged('the last one runs, and all are as before', names.length + 1);

    const writes = requestsOf(await stage.controlPlane.auditLog(), {
      user: OPERATOR_USER,
      since,
      until: Date.now(),
    });
    expect(new Set(writes.map(({ objectRef }) => objectRef?.name))).toEqual(new Set(['last']));
  }, 240_000);
});
