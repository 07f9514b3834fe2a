import type { Logger } from 'pino';
import { isAlreadyExists, isNotFound } from '../../src/kube/api-errors.ts';
import type { Transport } from '../../src/kube/transport.ts';
import { createCertificateAuthority } from '../control-plane/certificates.ts';
import { waitFor } from '../support/wait.ts';
import { simulatedVersion } from './nodes/node-objects.ts';
import { installNamespace } from './objects/names.ts';
import type { Transports } from './transports.ts';
import { user } from './users.ts';
import { ApiClient } from './virt-api/client.ts';
import { customResourceDefinitions } from './virt-api/crds.ts';
import { registrations } from './virt-api/registration.ts';
import type { Endpoint } from './virt-api/registration.ts';
import { startVirtApi } from './virt-api/server.ts';
import type { ServingCertificate, VirtApi } from './virt-api/server.ts';

const timeoutMs = 30_000;

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

const plurals: Readonly<Record<string, string>> = {
  APIService: 'apiservices',
  CustomResourceDefinition: 'customresourcedefinitions',
  KubeVirt: 'kubevirts',
  MutatingWebhookConfiguration: 'mutatingwebhookconfigurations',
  Namespace: 'namespaces',
  Service: 'services',
  ValidatingWebhookConfiguration: 'validatingwebhookconfigurations',
};

function collection({ apiVersion, kind, metadata }: Manifest): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const scope = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`;
  return `${root}${scope}/${plurals[kind] ?? ''}`;
}

async function create(transport: Transport, manifest: object): Promise<void> {
  try {
    await transport.request({ method: 'POST', path: collection(manifest as Manifest), body: manifest });
  } catch (error) {
    if (!isAlreadyExists(error)) {
      throw error;
    }
  }
}

interface WithConditions {
  readonly status?: { readonly conditions?: readonly { type: string; status: string }[] };
}

async function waitForCondition(transport: Transport, path: string, type: string): Promise<void> {
  await waitFor(
    `condition ${type} of ${path}`,
    async () => {
      const object = await transport.request<WithConditions>({ method: 'GET', path });
      return object.status?.conditions?.some(
        (condition) => condition.type === type && condition.status === 'True',
      );
    },
    { timeoutMs },
  );
}

/** Namespace, kinds, and the KubeVirt object, without which nothing knows the version that is installed. */
async function installKinds(transport: Transport): Promise<void> {
  await create(transport, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: installNamespace } });
  await Promise.all(customResourceDefinitions.map((definition) => create(transport, definition)));
  for (const definition of customResourceDefinitions) {
    const { name } = (definition as Manifest).metadata;
    const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`;
    await waitForCondition(transport, path, 'Established');
  }
  const kubevirt = {
    apiVersion: 'kubevirt.io/v1',
    kind: 'KubeVirt',
    metadata: { name: 'kubevirt', namespace: installNamespace },
    spec: {},
  };
  // A kind that is established may still be unknown to the handler that was just asked.
  await waitFor('the first KubeVirt object', () => create(transport, kubevirt).then(() => true), {
    timeoutMs,
  });
  await transport.request({
    method: 'PATCH',
    path: `${collection(kubevirt)}/kubevirt/status`,
    contentType: 'application/merge-patch+json',
    body: {
      status: {
        phase: 'Deployed',
        defaultArchitecture: 'amd64',
        observedKubeVirtVersion: simulatedVersion,
        targetKubeVirtVersion: simulatedVersion,
      },
    },
  });
}

/** The authority that signs what the API server's aggregator shows of itself. */
async function requestHeaderCa(transport: Transport): Promise<string> {
  const path = '/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication';
  return await waitFor('the aggregator’s certificate authority', async () => {
    const map = await transport.request<{ data?: Record<string, string> }>({ method: 'GET', path });
    return map.data?.['requestheader-client-ca-file'];
  });
}

async function servingCertificate(): Promise<{ ca: string; certificate: ServingCertificate }> {
  const authority = await createCertificateAuthority('virt-api-simulator');
  const hosts = ['localhost', '127.0.0.1', 'virt-api.kubevirt.svc'];
  const certificate = await authority.issue({ commonName: 'virt-api', hosts, usage: 'serverAuth' });
  return { ca: authority.cert, certificate };
}

/** Installs KubeVirt's kinds and starts virt-api; the API server does not ask it yet. */
export async function launchVirtApi(
  transports: Transports,
  logger: Logger,
): Promise<{ virtApi: VirtApi; endpoint: Endpoint }> {
  const operator = transports.as(user.virtOperator);
  await installKinds(operator);
  const { ca, certificate } = await servingCertificate();
  const virtApi = await startVirtApi({
    client: new ApiClient(transports.as(user.virtApi)),
    certificate,
    requestHeaderCa: await requestHeaderCa(operator),
    logger,
  });
  return { virtApi, endpoint: { port: virtApi.port, ca } };
}

/** Registers virt-api, and waits until the API server asks it: objects made before would be taken as they are. */
export async function registerVirtApi(transport: Transport, endpoint: Endpoint): Promise<void> {
  for (const manifest of registrations(endpoint)) {
    await replace(transport, manifest as Manifest);
  }
  await waitFor('the webhooks', () => areWebhooksCalled(transport), { timeoutMs });
  const service = '/apis/apiregistration.k8s.io/v1/apiservices/v1.subresources.kubevirt.io';
  await waitForCondition(transport, service, 'Available');
}

/** What an earlier simulator left behind points to its port. */
async function replace(transport: Transport, manifest: Manifest): Promise<void> {
  await unregister(transport, manifest);
  await create(transport, manifest);
}

async function unregister(transport: Transport, manifest: Manifest): Promise<void> {
  try {
    await transport.request({ method: 'DELETE', path: `${collection(manifest)}/${manifest.metadata.name}` });
  } catch (error) {
    if (!isNotFound(error)) {
      throw error;
    }
  }
}

/** Takes webhooks and aggregated API away: without a server behind them they would block every write. */
export async function unregisterVirtApi(transport: Transport, endpoint: Endpoint): Promise<void> {
  for (const manifest of registrations(endpoint).toReversed()) {
    await unregister(transport, manifest as Manifest);
  }
}

async function areWebhooksCalled(transport: Transport): Promise<boolean> {
  const root = `/apis/kubevirt.io/v1/namespaces/${installNamespace}`;
  const metadata = { name: 'probe', namespace: installNamespace };
  const query = { dryRun: 'All' };
  const machine = await transport.request<{ spec: { template: { spec: { architecture?: string } } } }>({
    method: 'POST',
    path: `${root}/virtualmachines`,
    query,
    body: {
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachine',
      metadata,
      spec: { runStrategy: 'Halted', template: { spec: { domain: { devices: {} } } } },
    },
  });
  const refused = await transport
    .request({
      method: 'POST',
      path: `${root}/virtualmachineinstancemigrations`,
      query,
      body: {
        apiVersion: 'kubevirt.io/v1',
        kind: 'VirtualMachineInstanceMigration',
        metadata,
        spec: { vmiName: '' },
      },
    })
    .then(
      () => false,
      () => true,
    );
  return machine.spec.template.spec.architecture !== undefined && refused;
}
