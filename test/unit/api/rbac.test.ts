import { describe, expect, it } from '@jest/globals';
import { CERTIFICATE_SECRET } from '../../../scripts/generate/names.ts';
import {
  CLUSTER_CERTIFICATE_RULES,
  KUBEVIRT_RULES,
  NAMESPACE_CERTIFICATE_RULES,
  NAMESPACE_RULES,
  NODE_RULES,
  USER_ROLES,
  userClusterRole,
  WORKLOAD_RULES,
} from '../../../scripts/generate/rbac.ts';

const OF_CLUSTER = [...WORKLOAD_RULES, ...NODE_RULES, ...CLUSTER_CERTIFICATE_RULES];
const OF_NAMESPACE = [...NAMESPACE_RULES, ...NAMESPACE_CERTIFICATE_RULES];
const OPERATOR_RULES = [...OF_CLUSTER, ...OF_NAMESPACE];
const ALL_RULES = [...OPERATOR_RULES, ...KUBEVIRT_RULES, ...USER_ROLES.flatMap(({ rules }) => rules)];

/** What turns rights into more rights, or opens what is inside a VM or a pod. */
const NEVER = ['escalate', 'bind', 'impersonate', 'deletecollection'];

const writable = ({ verbs }: { verbs: readonly string[] }) =>
  verbs.some((verb) => /create|update|patch/.test(verb));

describe('the rights of the operator', () => {
  it('are all named: no wildcard', () => {
    const words = ALL_RULES.flatMap(({ apiGroups, resources, verbs }) => [
      ...apiGroups,
      ...resources,
      ...verbs,
    ]);
    expect(words.filter((word) => word.includes('*'))).toEqual([]);
  });

  it('reach no Secret outside its own namespace', () => {
    expect(OF_CLUSTER.filter(({ resources }) => resources.includes('secrets'))).toEqual([]);
  });

  it('reach one Secret in its own namespace', () => {
    const rules = OF_NAMESPACE.filter(({ resources }) => resources.includes('secrets'));
    expect(rules.filter(({ resourceNames }) => resourceNames === undefined)).toEqual([
      { apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
    ]);
    expect(rules.flatMap(({ resourceNames = [] }) => resourceNames)).toEqual([CERTIFICATE_SECRET]);
  });

  it('reach no Secret and no webhook configuration where others make the certificates', () => {
    const words = [...WORKLOAD_RULES, ...NODE_RULES, ...NAMESPACE_RULES].flatMap(
      ({ resources }) => resources,
    );
    expect(words).not.toContain('secrets');
    expect(words.filter((word) => word.endsWith('webhookconfigurations'))).toEqual([]);
  });

  it('write no spec, label or annotation of an Instance: only statuses, and the LiveMigrations of drains', () => {
    const ours = OPERATOR_RULES.filter(({ apiGroups }) => apiGroups.includes('compute.medevac.dev'));
    expect(ours.filter(writable).flatMap(({ resources }) => resources)).toEqual([
      'instances/status',
      'livemigrations/status',
      'livemigrations',
    ]);
  });

  it('change no pod, watch those of KubeVirt alone, and of others get the one that is evicted', () => {
    const rules = (resource: string) =>
      OPERATOR_RULES.filter(({ resources }) => resources.includes(resource));
    expect(rules('pods')).toEqual([{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }]);
    expect(KUBEVIRT_RULES).toEqual([{ apiGroups: [''], resources: ['pods'], verbs: ['list', 'watch'] }]);
  });

  it('neither make nor delete nodes, nor say what runs on them', () => {
    const rules = OPERATOR_RULES.filter(({ resources }) =>
      resources.some((name) => name.startsWith('nodes')),
    );
    expect(rules).toEqual([{ apiGroups: [''], resources: ['nodes'], verbs: ['list', 'watch', 'patch'] }]);
  });

  it('lead to no other rights', () => {
    const verbs = OPERATOR_RULES.flatMap((rule) => rule.verbs);
    expect(verbs.filter((verb) => NEVER.includes(verb))).toEqual([]);
    expect(OPERATOR_RULES.filter(({ apiGroups }) => apiGroups.includes('rbac.authorization.k8s.io'))).toEqual(
      [],
    );
  });
});

describe('the roles for people', () => {
  it.each([
    { name: 'medevac:view', want: ['view', 'edit', 'admin'] },
    { name: 'medevac:edit', want: ['edit', 'admin'] },
    { name: 'medevac:migrate', want: [] },
    { name: 'medevac:rescue', want: [] },
  ])('$name is part of the built-in roles $want', ({ name, want }) => {
    const role = USER_ROLES.find((candidate) => candidate.name === name);
    const labels = role === undefined ? {} : userClusterRole(role).metadata.labels;
    const prefix = 'rbac.authorization.k8s.io/aggregate-to-';
    expect(labels).toEqual(Object.fromEntries(want.map((builtIn) => [`${prefix}${builtIn}`, 'true'])));
  });

  it('let nobody migrate who was not told so: that can hold up every drain', () => {
    const movers = USER_ROLES.filter(({ rules }) =>
      rules.some((rule) => rule.resources.includes('livemigrations') && writable(rule)),
    );
    expect(movers.map(({ name }) => name)).toEqual(['medevac:migrate']);
  });
});
