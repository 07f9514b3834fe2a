const group = 'subresources.kubevirt.io';

/** Calls that are played, with the discovery name that kubectl and RBAC know them by. */
const calls = [
  'virtualmachines/restart',
  'virtualmachines/start',
  'virtualmachines/stop',
  'virtualmachines/migrate',
  'virtualmachines/evacuate/cancel',
  'virtualmachineinstances/evacuate/cancel',
] as const;

const version = { groupVersion: `${group}/v1`, version: 'v1' };

const documents: Readonly<Record<string, object>> = {
  '/apis': {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: [{ name: group, versions: [version], preferredVersion: version }],
  },
  [`/apis/${group}`]: {
    kind: 'APIGroup',
    apiVersion: 'v1',
    name: group,
    versions: [version],
    preferredVersion: version,
  },
  [`/apis/${group}/v1`]: {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: version.groupVersion,
    resources: calls.map((name) => ({
      name,
      singularName: '',
      namespaced: true,
      kind: '',
      verbs: ['update'],
    })),
  },
  '/openapi/v2': { swagger: '2.0', info: { title: 'KubeVirt simulator', version: 'v1' }, paths: {} },
  '/openapi/v3': { paths: {} },
  '/healthz': { status: 'ok' },
};

export function discoveryDocument(path: string): object | undefined {
  return documents[path];
}
