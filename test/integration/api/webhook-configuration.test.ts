import { createServer, type Server } from 'node:https';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { GROUP, VERSIONS } from '../../../src/api/names.ts';
import { OPERATOR } from '../../../scripts/generate/names.ts';
import { webhookConfiguration } from '../../../scripts/generate/webhooks.ts';
import { anInstance } from '../../builders/instance.ts';
import { aLiveMigration } from '../../builders/live-migration.ts';
import { createCertificateAuthority } from '../../control-plane/certificates.ts';
import { install } from '../../support/install.ts';
import {
  startInstalledControlPlane,
  type InstalledControlPlane,
} from '../../support/installed-control-plane.ts';
import { waitFor } from '../../support/wait.ts';

/** What the webhook server was asked. */
interface Asked {
  readonly path: string;
  readonly operation: string;
  /** In which the object came. */
  readonly apiVersion: string;
  readonly name: string;
}

interface AdmissionReview {
  readonly request: {
    readonly uid: string;
    readonly operation: string;
    readonly name: string;
    readonly object: { readonly apiVersion: string };
  };
}

const INSTANCES = '/apis/compute.medevac.dev/v1beta1/namespaces/default/instances';

let installed: InstalledControlPlane;
let server: Server;
const asked: Asked[] = [];

/** Admits everything and writes down what it was asked. */
async function startServer(): Promise<{ url: string; caBundle: string }> {
  const authority = await createCertificateAuthority('webhook');
  const pair = await authority.issue({ commonName: 'webhook', hosts: ['127.0.0.1'], usage: 'serverAuth' });
  server = createServer({ ...pair, keepAliveTimeout: 0 }, (request, response) => {
    void json(request).then((body) => {
      const { uid, operation, name, object } = (body as AdmissionReview).request;
      const path = request.url?.split('?')[0] ?? '';
      asked.push({ path, operation, apiVersion: object.apiVersion, name });
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({
          apiVersion: 'admission.k8s.io/v1',
          kind: 'AdmissionReview',
          response: { uid, allowed: true },
        }),
      );
    });
  });
  const listening = Promise.withResolvers<undefined>();
  server.on('error', listening.reject).listen(0, '127.0.0.1', () => listening.resolve(undefined));
  await listening.promise;
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `https://127.0.0.1:${address.port}`, caBundle: authority.cert };
}

async function stopServer(): Promise<void> {
  if (!server.listening) return;
  const closed = Promise.withResolvers<undefined>();
  server.close(() => closed.resolve(undefined));
  server.closeAllConnections();
  await closed.promise;
}

beforeAll(async () => {
  installed = await startInstalledControlPlane();
  await create('v1beta1', 'instances', anInstance({ name: 'existing' }));
  await install(installed.transport(), [webhookConfiguration(await startServer())]);
  await waitFor('the API server asks the webhook', async () => {
    await create('v1beta1', 'instances', anInstance({ name: 'probe' }), 'All');
    return asked.length > 0;
  });
}, 60_000);
beforeEach(() => {
  asked.splice(0);
});
afterAll(async () => {
  await stopServer();
  await installed.stop();
});

function create(version: string, resource: string, body: object, dryRun?: 'All'): Promise<unknown> {
  const path = `/apis/compute.medevac.dev/${version}/namespaces/default/${resource}`;
  return installed.transport().request({ method: 'POST', path, query: { dryRun }, body });
}

function patch(resource: string, body: object): Promise<unknown> {
  const path = `${INSTANCES}/${resource}`;
  const contentType = 'application/merge-patch+json';
  return installed.transport().request({ method: 'PATCH', path, contentType, body });
}

describe('the webhook configuration asks', () => {
  it.each(VERSIONS)('about a new Instance through %s, naming that version', async (version) => {
    await create(version, 'instances', anInstance({ name: `i-${version}`, version }));
    const want = {
      path: '/validate/instances',
      operation: 'CREATE',
      apiVersion: `${GROUP}/${version}`,
      name: `i-${version}`,
    };
    expect(asked).toEqual([want]);
  });

  it.each(VERSIONS)('about a new LiveMigration through %s, naming that version', async (version) => {
    await create(version, 'livemigrations', aLiveMigration({ name: `m-${version}`, version }));
    const want = {
      path: '/validate/live-migrations',
      operation: 'CREATE',
      apiVersion: `${GROUP}/${version}`,
      name: `m-${version}`,
    };
    expect(asked).toEqual([want]);
  });

  it('about a changed spec', async () => {
    await patch('existing', { spec: { memory: '2Gi' } });
    expect(asked).toMatchObject([{ path: '/validate/instances', operation: 'UPDATE', name: 'existing' }]);
  });

  it.each([
    { what: 'labels', resource: 'existing', body: { metadata: { labels: { a: 'b' } } } },
    { what: 'finalizers', resource: 'existing', body: { metadata: { finalizers: ['example.com/a'] } } },
    { what: 'a spec that is the same', resource: 'existing', body: { spec: { powerState: 'Running' } } },
    { what: 'the status', resource: 'existing/status', body: { status: { state: 'Pending' } } },
  ])('nothing about a change of $what', async ({ resource, body }) => {
    await patch(resource, body);
    expect(asked).toEqual([]);
  });
});

describe(`while the webhook server is down, the configuration ${OPERATOR}`, () => {
  beforeAll(stopServer);

  it('refuses a new Instance and a changed spec', async () => {
    const created = create('v1beta1', 'instances', anInstance({ name: 'new' }));
    await expect(created).rejects.toMatchObject({ code: 500 });
    await expect(patch('existing', { spec: { memory: '4Gi' } })).rejects.toMatchObject({ code: 500 });
  }, 60_000);

  it('lets a finalizer be lifted and the Instance go', async () => {
    await patch('existing', { metadata: { finalizers: ['example.com/held'] } });
    await installed.transport().request({ method: 'DELETE', path: `${INSTANCES}/existing` });
    await patch('existing', { metadata: { finalizers: null } });
    await expect(patch('existing', {})).rejects.toMatchObject({ code: 404 });
  });
});
