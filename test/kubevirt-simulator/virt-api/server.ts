/** virt-api on loopback: webhooks for the API server, and the aggregated API that the API server forwards calls to. */
import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import type { AdmissionRequest, AdmissionResponse } from './admission.ts';
import { badRequest, bodyOf, failed } from './answers.ts';
import type { Answer } from './answers.ts';
import type { ApiClient } from './client.ts';
import { discoveryDocument } from './discovery.ts';
import { validateEviction } from './eviction.ts';
import { restart, start, stop } from './lifecycle.ts';
import type { Call, CallBody } from './lifecycle.ts';
import { cancelEvacuation, migrate } from './other-calls.ts';
import { Meeting } from './meeting.ts';
import {
  mutateInstance,
  mutateMachine,
  mutateMigration,
  validateInstanceCreate,
  validateInstanceUpdate,
  validateMachine,
  validateMigrationCreate,
  validateMigrationUpdate,
} from './webhooks.ts';

type Hook = (client: ApiClient, request: AdmissionRequest) => AdmissionResponse | Promise<AdmissionResponse>;

/** Path → webhook. */
const hooks: Readonly<Record<string, Hook>> = {
  '/virtualmachines-mutate': (_client, request) => mutateMachine(request),
  '/virtualmachines-validate': (_client, request) => validateMachine(request),
  '/virtualmachineinstances-mutate': (_client, request) => mutateInstance(request),
  '/virtualmachineinstances-validate-create': (_client, request) => validateInstanceCreate(request),
  '/virtualmachineinstances-validate-update': (_client, request) => validateInstanceUpdate(request),
  '/migration-mutate-create': (_client, request) => mutateMigration(request),
  '/migration-validate-create': validateMigrationCreate,
  '/migration-validate-update': (_client, request) => validateMigrationUpdate(request),
  '/pod-eviction-validate': validateEviction,
};

const handlers: Readonly<Record<string, (call: Call) => Promise<Answer>>> = {
  'virtualmachines/restart': restart,
  'virtualmachines/start': start,
  'virtualmachines/stop': stop,
  'virtualmachines/migrate': migrate,
  'virtualmachines/evacuate/cancel': cancelEvacuation,
  'virtualmachineinstances/evacuate/cancel': cancelEvacuation,
};

const callPath = /^\/apis\/subresources\.kubevirt\.io\/v1\/namespaces\/([^/]+)\/([^/]+)\/([^/]+)\/(.+)$/;

export interface VirtApi {
  readonly port: number;
  /** As if its process were stopped: calls are taken, and answered only when it goes on. */
  setSilent(silent: boolean): void;
  /** The next `count` reviews of new migrations are answered when all of them have been made. */
  reviewTogether(count: number): void;
  stop(): Promise<void>;
}

/** PEM pair. */
export interface ServingCertificate {
  readonly cert: string;
  readonly key: string;
}

export interface VirtApiOptions {
  readonly client: ApiClient;
  readonly certificate: ServingCertificate;
  /** PEM of the authority whose certificates the aggregator shows: who has none of these is nobody. */
  readonly requestHeaderCa: string;
  readonly logger: Logger;
}

/**
 * An idle connection is the API server's to close: closed from here, it may be one that it is just sending a review on, and
 * the write under review fails with 500.
 */
const NEVER = 0;

export async function startVirtApi(options: VirtApiOptions): Promise<VirtApi> {
  const { cert, key } = options.certificate;
  const meeting = new Meeting();
  const parts = { ...options, meeting };
  let silence = Promise.withResolvers<undefined>();
  silence.resolve(undefined);
  const server = createServer(
    {
      cert,
      key,
      ca: options.requestHeaderCa,
      requestCert: true,
      rejectUnauthorized: false,
      keepAliveTimeout: NEVER,
    },
    (request, response) => {
      // Who has given up meanwhile is not served: what he asked for must not happen behind his back.
      void silence.promise.then(() =>
        request.socket.destroyed ? undefined : serve(parts, request, response),
      );
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    setSilent: (silent) => {
      silence.resolve(undefined);
      if (silent) {
        silence = Promise.withResolvers();
      }
    },
    reviewTogether: (count) => {
      meeting.convene(count);
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

interface ServeParts extends VirtApiOptions {
  readonly meeting: Meeting;
}

async function serve(options: ServeParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = new URL(request.url ?? '/', 'https://virt-api').pathname;
  try {
    const body = await readBody(request);
    const hook = hooks[path];
    const document = request.method === 'GET' ? discoveryDocument(path) : undefined;
    if (hook !== undefined) {
      const verdict = await review(options.client, hook, body);
      if (hook === validateMigrationCreate) {
        await options.meeting.arrive();
      }
      send(response, 200, verdict);
    } else if (document !== undefined) {
      send(response, 200, document);
    } else {
      const answer = await answerCall(options, request, path, body);
      send(response, answer.code, bodyOf(answer));
    }
  } catch (error) {
    options.logger.error({ err: error, path }, 'virt-api failed');
    const answer = failed(error);
    send(response, answer.code, bodyOf(answer));
  }
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
  }
  const text = Buffer.concat(chunks).toString('utf8').trim();
  return text === '' ? {} : (JSON.parse(text) as unknown);
}

async function review(client: ApiClient, hook: Hook, body: unknown): Promise<object> {
  const { request } = body as { request: AdmissionRequest };
  const { patch, ...verdict } = await hook(client, request);
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: {
      uid: request.uid,
      ...verdict,
      ...(patch !== undefined && {
        patchType: 'JSONPatch',
        patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
      }),
    },
  };
}

/** Authorization is the API server's: it asks for `update` of the subresource before it forwards a call. */
async function answerCall(
  options: VirtApiOptions,
  request: IncomingMessage,
  path: string,
  body: unknown,
): Promise<Answer> {
  const [, namespace = '', call = '', name = ''] = callOf(path);
  const handler = handlers[call];
  if (handler === undefined || request.method !== 'PUT') {
    return { code: 404, reason: 'NotFound', message: 'the server could not find the requested resource' };
  }
  if (!isFromAggregator(request)) {
    return { code: 401, reason: 'Unauthorized', message: 'request is not authenticated' };
  }
  if (typeof body !== 'object') {
    return badRequest('Can not unmarshal Request body to struct');
  }
  return await handler({ client: options.client, key: { namespace, name }, body: body as CallBody });
}

/** Path → namespace, `plural/verb`, name. */
function callOf(path: string): string[] {
  const [, namespace = '', plural = '', name = '', verb = ''] = callPath.exec(path) ?? [];
  return [path, namespace, `${plural}/${verb}`, name];
}

function isFromAggregator({ socket }: IncomingMessage): boolean {
  return 'authorized' in socket && socket.authorized === true;
}

function send(response: ServerResponse, code: number, body: object | undefined): void {
  if (body === undefined) {
    response.writeHead(code).end();
  } else {
    response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }
}
