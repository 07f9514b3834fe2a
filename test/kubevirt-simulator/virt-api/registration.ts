interface Hook {
  readonly name: string;
  readonly path: string;
  readonly resources: readonly string[];
  readonly operations: readonly string[];
}

const service = { namespace: 'kubevirt', name: 'virt-api' };

const kubevirtGroup = { apiGroups: ['kubevirt.io'], apiVersions: ['v1'] };

const mutating: readonly Hook[] = [
  {
    name: 'virtualmachines-mutator.kubevirt.io',
    path: '/virtualmachines-mutate',
    resources: ['virtualmachines'],
    operations: ['CREATE', 'UPDATE'],
  },
  {
    name: 'virtualmachineinstances-mutator.kubevirt.io',
    path: '/virtualmachineinstances-mutate',
    resources: ['virtualmachineinstances'],
    operations: ['CREATE', 'UPDATE'],
  },
  {
    name: 'migrations-mutator.kubevirt.io',
    path: '/migration-mutate-create',
    resources: ['virtualmachineinstancemigrations'],
    operations: ['CREATE'],
  },
];

const validating: readonly Hook[] = [
  {
    name: 'virtualmachine-validator.kubevirt.io',
    path: '/virtualmachines-validate',
    resources: ['virtualmachines'],
    operations: ['CREATE', 'UPDATE'],
  },
  {
    name: 'virtualmachineinstances-create-validator.kubevirt.io',
    path: '/virtualmachineinstances-validate-create',
    resources: ['virtualmachineinstances'],
    operations: ['CREATE'],
  },
  {
    name: 'virtualmachineinstances-update-validator.kubevirt.io',
    path: '/virtualmachineinstances-validate-update',
    resources: ['virtualmachineinstances'],
    operations: ['UPDATE'],
  },
  {
    name: 'migration-create-validator.kubevirt.io',
    path: '/migration-validate-create',
    resources: ['virtualmachineinstancemigrations'],
    operations: ['CREATE'],
  },
  {
    name: 'migration-update-validator.kubevirt.io',
    path: '/migration-validate-update',
    resources: ['virtualmachineinstancemigrations'],
    operations: ['UPDATE'],
  },
];

export interface Endpoint {
  readonly port: number;
  /** PEM. */
  readonly ca: string;
}

function webhook(hook: Hook, { port, ca }: Endpoint): object {
  return {
    name: hook.name,
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    failurePolicy: 'Fail',
    timeoutSeconds: 10,
    clientConfig: {
      service: { ...service, port, path: hook.path },
      caBundle: Buffer.from(ca).toString('base64'),
    },
    rules: [
      { ...kubevirtGroup, operations: hook.operations, resources: hook.resources, scope: 'Namespaced' },
    ],
  };
}

function evictionWebhook(endpoint: Endpoint): object {
  const hook = {
    name: 'virt-launcher-eviction-interceptor.kubevirt.io',
    path: '/pod-eviction-validate',
    resources: ['pods/eviction'],
    operations: ['CREATE'],
  };
  return {
    ...webhook(hook, endpoint),
    sideEffects: 'NoneOnDryRun',
    rules: [
      {
        apiGroups: [''],
        apiVersions: ['v1'],
        operations: ['*'],
        resources: hook.resources,
        scope: 'Namespaced',
      },
    ],
    matchConditions: [
      { name: 'only-launchers', expression: 'object.metadata.name.startsWith("virt-launcher")' },
    ],
  };
}

/** In the order in which they can be made: webhook configurations, and what makes the API server forward `subresources.kubevirt.io` to us. */
export function registrations(endpoint: Endpoint): readonly object[] {
  const admission = 'admissionregistration.k8s.io/v1';
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: service,
      // The API server resolves such a name itself: that is how it reaches a server on loopback.
      spec: { type: 'ExternalName', externalName: 'localhost' },
    },
    {
      apiVersion: admission,
      kind: 'MutatingWebhookConfiguration',
      metadata: { name: 'virt-api-mutator' },
      webhooks: mutating.map((hook) => webhook(hook, endpoint)),
    },
    {
      apiVersion: admission,
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: 'virt-api-validator' },
      webhooks: [...validating.map((hook) => webhook(hook, endpoint)), evictionWebhook(endpoint)],
    },
    {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: 'v1.subresources.kubevirt.io' },
      spec: {
        group: 'subresources.kubevirt.io',
        version: 'v1',
        groupPriorityMinimum: 1000,
        versionPriority: 15,
        caBundle: Buffer.from(endpoint.ca).toString('base64'),
        service: { ...service, port: endpoint.port },
      },
    },
  ];
}
