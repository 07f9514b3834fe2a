/**
 * Which of the rights that a ServiceAccount was granted it has used, as the API server's audit log says: for each request it
 * names the binding that has allowed it.
 */
import * as z from 'zod';
import type { KubeObject } from '../../src/kube/resource.ts';
import type { AuditEvent } from '../control-plane/audit-log.ts';

const Role = z.object({
  kind: z.enum(['Role', 'ClusterRole']),
  metadata: z.object({ name: z.string(), namespace: z.string().optional() }),
  rules: z.array(
    z.object({
      apiGroups: z.array(z.string()),
      resources: z.array(z.string()),
      verbs: z.array(z.string()),
    }),
  ),
});
type Role = z.infer<typeof Role>;

const Binding = z.object({
  kind: z.enum(['RoleBinding', 'ClusterRoleBinding']),
  metadata: z.object({ name: z.string(), namespace: z.string().optional() }),
  roleRef: z.object({ kind: z.enum(['Role', 'ClusterRole']), name: z.string() }),
});
type Binding = z.infer<typeof Binding>;

/**
 * All rights that the bindings among the manifests give, each once, such as
 * `ClusterRoleBinding "medevac": patch instances.compute.medevac.dev/status`.
 */
export function grantedRights(manifests: readonly KubeObject[]): string[] {
  const roles = manifests.flatMap((object) => Role.safeParse(object).data ?? []);
  const bindings = manifests.flatMap((object) => Binding.safeParse(object).data ?? []);
  return [...new Set(bindings.flatMap((binding) => rightsBy(binding, roles)))].toSorted();
}

function rightsBy({ kind, metadata, roleRef }: Binding, roles: readonly Role[]): string[] {
  const role = roles.find(
    (one) =>
      one.kind === roleRef.kind &&
      one.metadata.name === roleRef.name &&
      (one.kind === 'ClusterRole' || one.metadata.namespace === metadata.namespace),
  );
  if (role === undefined)
    throw new Error(`${kind} ${metadata.name} binds ${roleRef.name}, which is not there`);
  const name = [metadata.name, metadata.namespace].filter(Boolean).join('/');
  return role.rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((apiGroup) =>
      resources.flatMap((path) => {
        const [resource = '', ...subresource] = path.split('/');
        const target = { apiGroup, resource, subresource: subresource.join('/') };
        return verbs.map((verb) => phrase(`${kind} "${name}"`, verb, target));
      }),
    ),
  );
}

type Target = Pick<NonNullable<AuditEvent['objectRef']>, 'apiGroup' | 'resource' | 'subresource'>;

function phrase(by: string, verb: string, { apiGroup, resource, subresource }: Target): string {
  const kind = [resource, apiGroup].filter(Boolean).join('.');
  return `${by}: ${verb} ${[kind, subresource].filter(Boolean).join('/')}`;
}

const CREATED = 201;
const FORBIDDEN = 403;

/** The same of what the user has used. What is not a resource (`/version`), and what anybody may, is no right of theirs. */
export function usedRights(log: readonly AuditEvent[], username: string): string[] {
  const used = log
    .filter(({ user, responseStatus }) => user.username === username && responseStatus?.code !== FORBIDDEN)
    .flatMap(usesOf);
  return [...new Set(used)].toSorted();
}

function usesOf({ verb, objectRef, annotations, responseStatus }: AuditEvent): string[] {
  const reason = annotations?.['authorization.k8s.io/reason'] ?? '';
  const [, by] = /^RBAC: allowed by ((?:Cluster)?RoleBinding "[^"]+")/.exec(reason) ?? [];
  if (objectRef === undefined || by === undefined) return [];
  // Who applies what is not there is asked for the right to create it as well, and that is not logged.
  const verbs = verb === 'patch' && responseStatus?.code === CREATED ? [verb, 'create'] : [verb];
  return verbs.map((used) => phrase(by, used, objectRef));
}

/** What the user was forbidden, as the API server said it. */
export function forbiddenTo(log: readonly AuditEvent[], username: string): string[] {
  return log
    .filter(({ user, responseStatus }) => user.username === username && responseStatus?.code === FORBIDDEN)
    .map(({ verb, requestURI, responseStatus }) => `${verb} ${requestURI}: ${responseStatus?.message ?? ''}`);
}
