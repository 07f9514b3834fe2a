import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { pino } from 'pino';
import * as z from 'zod';
import { answerReview, type HttpAnswer } from '../../../src/webhooks/answer-review.ts';
import { judgeInstance } from '../../../src/webhooks/instance.ts';
import { judgeLiveMigration } from '../../../src/webhooks/live-migration.ts';
import type { Judge } from '../../../src/webhooks/review.ts';
import { anInstance, aRescue } from '../../builders/instance.ts';
import { aLiveMigration } from '../../builders/live-migration.ts';
import { aStatus, aStoredInstance, aStoredMigration } from '../../builders/observation.ts';
import { anObservedVm } from '../../builders/vm.ts';
import { aWorld } from '../../builders/world.ts';
import { aReview, submitted } from './reviews.ts';

const silent = pino({ level: 'silent' });

/** A response that the API server understands. */
const ValidReview = z.strictObject({
  apiVersion: z.literal('admission.k8s.io/v1'),
  kind: z.literal('AdmissionReview'),
  response: z.union([
    z.strictObject({
      uid: z.string(),
      allowed: z.literal(true),
      warnings: z.array(z.string()).min(1).optional(),
    }),
    z.strictObject({
      uid: z.string(),
      allowed: z.literal(false),
      status: z.strictObject({
        code: z.union([z.literal(400), z.literal(409)]),
        reason: z.enum(['BadRequest', 'Forbidden']),
        message: z.string().min(1),
      }),
    }),
  ]),
});

function responseIn({ body }: HttpAnswer) {
  return ValidReview.parse(JSON.parse(body)).response;
}

const refuse: Judge = () => ({ kind: 'Refused', code: 409, message: 'busy' });

describe('a review over HTTP', () => {
  it('is answered with its own uid', async () => {
    const review = aReview({ object: {} });
    const answer = await answerReview(refuse, JSON.stringify(review), silent);
    expect(answer).toMatchObject({ status: 200, type: 'application/json' });
    expect(responseIn(answer)).toMatchObject({ uid: review.request.uid, allowed: false });
  });

  it('is 400 with one line where it is none', async () => {
    expect(await answerReview(refuse, '{"kind": "Pod"}', silent)).toMatchObject({
      status: 400,
      body: expect.stringMatching(/^This is not an AdmissionReview: [^\n]+\n$/),
    });
  });

  it('is 500 where the judge fails, so that the failurePolicy decides; the line says where to look', async () => {
    const broken: Judge = () => {
      throw new Error('a secret of ours');
    };
    const review = aReview({ object: {} });
    const answer = await answerReview(broken, JSON.stringify(review), silent);
    expect(answer).toMatchObject({ status: 500, type: 'text/plain; charset=utf-8' });
    expect(answer.body).toMatch(new RegExp(`^[^\\n]*Try again[^\\n]*uid ${review.request.uid}[^\\n]*\\n$`));
    expect(answer.body).not.toContain('secret');
  });
});

describe('whatever is sent', () => {
  const world = aWorld({
    instances: [aStoredInstance({ status: aStatus() })],
    migrations: [aStoredMigration({ metadata: { name: 'other', uid: 'uid-other' } })],
    driver: { vm: anObservedVm() },
  });
  const judges: Judge[] = [
    judgeInstance({ world, unrescueDuringMigration: 'Refuse' }),
    judgeLiveMigration(world),
  ];
  const manifests = [
    submitted(anInstance({ spec: { rescue: aRescue() } })),
    submitted(anInstance({ spec: { kubevirt: { template: {} } } })),
    submitted(aLiveMigration({ spec: { destination: { nodeSelector: { zone: 'a' } } } })),
  ];

  /** A judge that throws would be seen as 500. */
  async function expectSense(body: string, uid: string | undefined): Promise<void> {
    for (const judge of judges) expect([uid, 'one line']).toContain(await reactionOf(judge, body));
  }

  it('any bytes get an answer', async () => {
    await fc.assert(fc.asyncProperty(fc.string({ unit: 'binary' }), (body) => expectSense(body, undefined)));
  });

  it('any JSON gets an answer', async () => {
    await fc.assert(fc.asyncProperty(fc.json(), (body) => expectSense(body, undefined)));
  });

  it('any object in a review gets an answer', async () => {
    const anything = fc.json({ maxDepth: 4 });
    await fc.assert(
      fc.asyncProperty(
        anything,
        anything,
        fc.constantFrom('CREATE', 'UPDATE'),
        async (object, oldObject, operation) => {
          const { request } = aReview({ operation });
          const body = JSON.stringify({
            ...aReview({}),
            request: {
              ...request,
              object: JSON.parse(object) as unknown,
              oldObject: JSON.parse(oldObject) as unknown,
            },
          });
          await expectSense(body, request.uid);
        },
      ),
    );
  });

  it('a good manifest with one field replaced by anything gets an answer', async () => {
    const change = fc.constantFrom(...manifests).chain((manifest) =>
      fc.record({
        manifest: fc.constant(manifest),
        path: fc.constantFrom(...pathsOf(manifest)),
        value: fc.json({ maxDepth: 2 }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(change, async ({ manifest, path, value }) => {
        const object = replaced(manifest, path, JSON.parse(value));
        for (const oldObject of [undefined, manifest]) {
          const review = aReview({ object, oldObject });
          await expectSense(JSON.stringify(review), review.request.uid);
        }
      }),
    );
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'a key %s changes nothing',
    async (key) => {
      const body = JSON.stringify(aReview({ object: manifests[0], oldObject: manifests[0] }));
      const poisoned = body.replaceAll('{', `{"${key}":{"polluted":true},`).replaceAll(',}', '}');
      await expectSense(poisoned, aReview({}).request.uid);
      expect({}).not.toHaveProperty('polluted');
    },
  );

  it.each([
    { name: 'lists', open: '[', close: ']' },
    { name: 'objects', open: '{"a":', close: '}' },
  ])('a million $name in each other get an answer', async ({ open, close }) => {
    const deep = `${open.repeat(1_000_000)}1${close.repeat(1_000_000)}`;
    await expectSense(deep, undefined);
    const review = JSON.stringify(aReview({ object: 'DEEP' })).replace('"DEEP"', deep);
    await expectSense(review, aReview({}).request.uid);
    const template = JSON.stringify(aReview({ object: replaced(manifests[1], TEMPLATE, 'DEEP') }));
    await expectSense(template.replace('"DEEP"', deep), aReview({}).request.uid);
  });

  /** It has a length, which can't be compared to a number. */
  const LENGTHY = { length: { toString: 0 } };

  it.each([
    {
      name: 'a label',
      object: replaced(manifests[2], ['spec', 'destination', 'nodeSelector', 'zone'], LENGTHY),
    },
    { name: 'a name', object: replaced(manifests[0], ['spec', 'disks', '0', 'name'], LENGTHY) },
  ])('an object with a length for $name is refused', async ({ object }) => {
    for (const judge of judges) {
      const answer = await answerReview(judge, JSON.stringify(aReview({ object })), silent);
      expect(answer.status).toBe(200);
      expect(responseIn(answer)).toMatchObject({ allowed: false, status: { code: 400 } });
    }
  });

  it.each(['', 7, null, {}, [], 'two\nlines', 'x'.repeat(300), LENGTHY])(
    'a uid %j can not be answered to: 400',
    async (uid) => {
      const { request, ...review } = aReview({ object: manifests[0] });
      const body = JSON.stringify({ ...review, request: { ...request, uid } });
      for (const judge of judges)
        expect(await answerReview(judge, body, silent)).toMatchObject({ status: 400 });
    },
  );

  it('a Pod is refused for what it lacks', async () => {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec: { containers: [] } };
    const [judge = refuse] = judges;
    const answer = await answerReview(judge, JSON.stringify(aReview({ object: pod })), silent);
    expect(responseIn(answer)).toMatchObject({ allowed: false, status: { code: 400 } });
  });
});

/** The uid of a valid review, `one line` where it is 400 with one, else whatever it is. */
async function reactionOf(judge: Judge, body: string): Promise<unknown> {
  const answer = await answerReview(judge, body, silent);
  if (answer.status === 200) return responseIn(answer).uid;
  return answer.status === 400 && /^[^\n]{1,400}\n$/.test(answer.body) ? 'one line' : answer;
}

type Path = readonly (string | number)[];

const TEMPLATE: Path = ['spec', 'kubevirt', 'template', 'a'];

/** All places in a value. */
function pathsOf(value: unknown): [Path, ...Path[]] {
  const below = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return [[], ...below.flatMap(([key, entry]) => pathsOf(entry).map((path) => [key, ...path]))];
}

function replaced(value: unknown, [key, ...rest]: Path, replacement: unknown): unknown {
  if (key === undefined) return replacement;
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }) as Record<
    string,
    unknown
  >;
  copy[key] = replaced(copy[key], rest, replacement);
  return copy;
}
