import { afterAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { pino } from 'pino';
import * as z from 'zod';
import { InstanceSpec } from '../../../src/api/instance.ts';
import { LiveMigrationSpec } from '../../../src/api/live-migration.ts';
import { answerReview } from '../../../src/webhooks/answer-review.ts';
import { judgeInstance } from '../../../src/webhooks/instance.ts';
import { judgeLiveMigration } from '../../../src/webhooks/live-migration.ts';
import type { Judge } from '../../../src/webhooks/review.ts';
import { anInstance, aRescue } from '../../builders/instance.ts';
import { aLiveMigration } from '../../builders/live-migration.ts';
import { aStatus, aStoredInstance, aStoredMigration } from '../../builders/observation.ts';
import { anObservedVm } from '../../builders/vm.ts';
import { aWorld } from '../../builders/world.ts';
import { aReview, submitted } from '../../unit/webhooks/reviews.ts';
import { leaveResult } from '../stories/results.ts';
import { readFaultSettings, toldFaultSettings } from '../stories/settings.ts';

const settings = readFaultSettings(process.env);
/** Reviews of each property. */
const REVIEWS = settings.form === 'Long' ? 34_000 : 1_000;
const LONGEST = 300_000;

const silent = pino({ level: 'silent' });
const rescue = aRescue();
const world = aWorld({
  instances: [aStoredInstance({ spec: { rescue }, status: aStatus({ state: 'Rescued' }) })],
  migrations: [aStoredMigration()],
  driver: { vm: anObservedVm() },
});
const judges = {
  instances: judgeInstance({ world, unrescueDuringMigration: 'Refuse' }),
  livemigrations: judgeLiveMigration(world),
} as const satisfies Record<string, Judge>;
type Judged = keyof typeof judges;
const specs = { instances: InstanceSpec, livemigrations: LiveMigrationSpec } as const;

const Answer = z.object({ response: z.object({ uid: z.string(), allowed: z.boolean() }) });

/** What came back: an HTTP code, and whether the request is let in. */
async function judged(
  resource: Judged,
  body: string,
): Promise<{ code: number; allowed?: boolean; body: string }> {
  const answer = await answerReview(judges[resource], body, silent);
  if (answer.status !== 200) return { code: answer.status, body: answer.body };
  const { response } = Answer.parse(JSON.parse(answer.body));
  return { code: 200, allowed: response.allowed, body: answer.body };
}

const anything = fc.anything({ withNullPrototype: false, maxDepth: 3, key: keys() });

/** Names that mean something to JavaScript, to us, or to nobody. */
function keys() {
  return fc.oneof(
    fc.constantFrom('__proto__', 'constructor', 'toString', 'then', 'length'),
    fc.constantFrom('spec', 'metadata', 'rescue', 'kubevirt', 'source', 'name', 'status'),
    fc.string({ maxLength: 8 }),
  );
}

/** What has no text of its own is null, as in a list. */
function asJson(value: unknown): string {
  return JSON.stringify([value]).slice(1, -1);
}

type Path = readonly string[];

function pathsIn(value: unknown): [Path, ...Path[]] {
  const below = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return [[], ...below.flatMap(([key, entry]) => pathsIn(entry).map((path) => [key, ...path]))];
}

function put(value: unknown, [key, ...rest]: Path, part: unknown): unknown {
  if (key === undefined) return part;
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }) as Record<
    string,
    unknown
  >;
  copy[key] = put(copy[key], rest, part);
  return copy;
}

/** Reviews that are right but for a few places. */
function mutated(object: object) {
  const change = fc.record({ path: fc.constantFrom(...pathsIn(object)), part: anything });
  return fc
    .array(change, { minLength: 1, maxLength: 3 })
    .map((changes) => changes.reduce<unknown>((whole, { path, part }) => put(whole, path, part), object));
}

const MANIFESTS = {
  instances: submitted(anInstance({ name: 'another', spec: { rescue } })),
  livemigrations: submitted(aLiveMigration({ spec: { destination: { nodeSelector: { zone: 'a' } } } })),
} as const satisfies Record<Judged, object>;

describe(`${3 * REVIEWS} fuzzed admission reviews (${toldFaultSettings(settings)})`, () => {
  const options = { numRuns: REVIEWS, seed: settings.seed };
  const resources = Object.keys(judges) as [Judged, Judged];
  let violations = 0;

  afterAll(() => {
    leaveResult('fuzzed reviews', {
      fault: 'reviews of any JSON, of manifests with parts replaced, and of an unrescue during a migration',
      runs: 3 * REVIEWS,
      violations,
      counts: {},
    });
  });

  /** How it does not hold, in words; it is tried no more then. */
  async function broken<T>(property: fc.IAsyncProperty<T>): Promise<string | undefined> {
    const details = await fc.check(property, options);
    if (details.failed) violations += 1;
    return fc.defaultReportMessage(details);
  }

  it(
    'of any JSON: none crashes, none is let in',
    async () => {
      const review = fc.tuple(fc.constantFrom(...resources), anything);
      const property = fc.asyncProperty(review, async ([resource, body]) => {
        const { code, allowed } = await judged(resource, asJson(body));
        return code === 400 && allowed === undefined;
      });
      expect(await broken(property)).toBeUndefined();
    },
    LONGEST,
  );

  it(
    'of manifests with parts replaced: none crashes, and none is let in that the schema refuses',
    async () => {
      const request = fc
        .constantFrom(...resources)
        .chain((resource) => mutated(MANIFESTS[resource]).map((object) => ({ resource, object })));
      const property = fc.asyncProperty(request, async ({ resource, object }) => {
        const { code, allowed, body } = await judged(resource, JSON.stringify(aReview({ object, resource })));
        if (code !== 200) throw new Error(`${code}: ${body}`);
        const { spec } = (JSON.parse(asJson(object)) ?? {}) as { spec?: unknown };
        if (allowed === true && !specs[resource].safeParse(spec).success) throw new Error('let in');
      });
      expect(await broken(property)).toBeUndefined();
    },
    LONGEST,
  );

  it(
    'of an unrescue during a migration, with anything beside it: each is refused',
    async () => {
      const before = submitted(anInstance({ spec: { rescue } }));
      const after = submitted(anInstance());
      const beside = fc.record({
        annotations: fc.dictionary(fc.string(), fc.string()),
        labels: fc.dictionary(fc.string(), fc.string()),
        status: anything,
        more: fc.dictionary(fc.constantFrom('extra', 'Spec', 'spec.rescue', '$patch'), anything),
      });
      const property = fc.asyncProperty(beside, async ({ annotations, labels, status, more }) => {
        const object = { ...more, ...after, metadata: { ...after.metadata, annotations, labels }, status };
        const { allowed, body } = await judged(
          'instances',
          JSON.stringify(aReview({ object, oldObject: before })),
        );
        if (allowed !== false) throw new Error(body);
      });
      expect(await broken(property)).toBeUndefined();
      const { body } = await judged(
        'instances',
        JSON.stringify(aReview({ object: after, oldObject: before })),
      );
      expect(body).toContain('"code":409');
    },
    LONGEST,
  );
});
