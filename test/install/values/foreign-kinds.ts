/** Kinds of others that the chart makes objects of. */
export function foreignKinds(): object[] {
  return [
    foreign('monitoring.coreos.com', 'PodMonitor', 'podmonitors'),
    foreign('monitoring.coreos.com', 'PrometheusRule', 'prometheusrules'),
    foreign('cert-manager.io', 'Certificate', 'certificates'),
    foreign('cert-manager.io', 'Issuer', 'issuers'),
  ];
}

function foreign(group: string, kind: string, plural: string): object {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: { kind, plural, singular: kind.toLowerCase() },
      scope: 'Namespaced',
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  };
}
