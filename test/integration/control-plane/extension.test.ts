import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createCertificateAuthority } from '../../control-plane/certificates.ts';
import { startControlPlane, type ControlPlane } from '../../control-plane/control-plane.ts';
import { probe } from '../../control-plane/probe.ts';
import { waitFor } from '../../support/wait.ts';

const GROUP = 'subresources.example.dev';
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

let controlPlane: ControlPlane;
let server: Server;
let port: number;
let caBundle: string;

/** Answers as an admission webhook that refuses all with 409, and as an aggregated API that says who asked. */
async function answer(request: IncomingMessage): Promise<unknown> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += String(chunk);
  if (request.url?.startsWith('/validate') === true) {
    const { uid } = (JSON.parse(body) as { request: { uid: string } }).request;
    const response = { uid, allowed: false, status: { code: 409, message: 'not now' } };
    return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response };
  }
  if (request.url === `/apis/${GROUP}/v1`) {
    return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: `${GROUP}/v1`, resources: [] };
  }
  return { user: request.headers['x-remote-user'] };
}

beforeAll(async () => {
  controlPlane = await startControlPlane({ users: { alice: ['system:masters'] } });
  const authority = await createCertificateAuthority('extensions');
  const hosts = ['127.0.0.1', 'aggregated.default.svc'];
  const certificate = await authority.issue({ commonName: 'extensions', hosts, usage: 'serverAuth' });
  server = createServer({ ...certificate, keepAliveTimeout: 0 }, (request, response) => {
    void answer(request).then((body) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
  caBundle = Buffer.from(authority.cert).toString('base64');
}, 120_000);

afterAll(async () => {
  await controlPlane.stop();
  server.closeAllConnections();
  server.close();
});

async function request(path: string, body?: unknown): Promise<{ code: number; text: string }> {
  const method = body === undefined ? 'GET' : 'POST';
  const { url, ca } = controlPlane;
  return probe({ url: url + path, ca, token: controlPlane.token('alice'), method, body });
}

/** Creates config maps of new names until one is refused; resolves to the refusal. */
function refusal(namePrefix: string): Promise<{ code: number; text: string }> {
  let count = 0;
  return waitFor('a refusal', async () => {
    const answered = await request(CONFIG_MAPS, { metadata: { name: `${namePrefix}-${(count += 1)}` } });
    return answered.code === 201 ? undefined : answered;
  });
}

describe('the API server', () => {
  it('asks a webhook that listens on loopback, and passes its code on', async () => {
    const webhook = {
      name: 'refuse.example.dev',
      clientConfig: { url: `https://127.0.0.1:${port}/validate`, caBundle },
      rules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'], operations: ['CREATE'] }],
      matchConditions: [{ name: 'mine', expression: 'object.metadata.name.startsWith("hooked")' }],
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
    };
    await request('/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations', {
      metadata: { name: 'refuse' },
      webhooks: [webhook],
    });

    const refused = await refusal('hooked');

    expect(refused.code).toBe(409);
    expect(refused.text).toContain('not now');
  });

  it('enforces a ValidatingAdmissionPolicy', async () => {
    const policies = '/apis/admissionregistration.k8s.io/v1';
    const rules = [
      { apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'], operations: ['CREATE'] },
    ];
    const expression = '!object.metadata.name.startsWith("barred")';
    await request(`${policies}/validatingadmissionpolicies`, {
      metadata: { name: 'bar' },
      spec: { matchConstraints: { resourceRules: rules }, validations: [{ expression, message: 'barred' }] },
    });
    await request(`${policies}/validatingadmissionpolicybindings`, {
      metadata: { name: 'bar' },
      spec: { policyName: 'bar', validationActions: ['Deny'] },
    });

    const refused = await refusal('barred');

    expect(refused.code).toBe(422);
    expect(refused.text).toContain('barred');
  });

  it('serves an API of a server on loopback, and tells it who asks', async () => {
    await request('/api/v1/namespaces/default/services', {
      metadata: { name: 'aggregated' },
      spec: { type: 'ExternalName', externalName: 'localhost' },
    });
    const service = { namespace: 'default', name: 'aggregated', port };
    await request('/apis/apiregistration.k8s.io/v1/apiservices', {
      metadata: { name: `v1.${GROUP}` },
      spec: {
        group: GROUP,
        version: 'v1',
        service,
        caBundle,
        groupPriorityMinimum: 1000,
        versionPriority: 10,
      },
    });

    const answered = await waitFor('the aggregated API is available', async () => {
      const { code, text } = await request(`/apis/${GROUP}/v1/namespaces/default/things/one`);
      return code === 200 && text;
    });

    expect(JSON.parse(answered)).toEqual({ user: 'alice' });
  });

  it('serves a new kind', async () => {
    const names = { plural: 'widgets', singular: 'widget', kind: 'Widget' };
    const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
    await request('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      metadata: { name: 'widgets.example.dev' },
      spec: {
        group: 'example.dev',
        names,
        scope: 'Namespaced',
        versions: [{ name: 'v1', served: true, storage: true, schema }],
      },
    });

    const code = await waitFor('the kind is served', async () => {
      const answered = await request('/apis/example.dev/v1/widgets');
      return answered.code === 200 && answered.code;
    });

    expect(code).toBe(200);
  });
});
