import { ADOPT_ANNOTATION, GROUP, VERSIONS } from '../../src/api/names.ts';

const API_VERSION = 'admissionregistration.k8s.io/v1';

/** A right that a part of an object takes. Held by the API server itself, also while the operator is down. */
interface RightPolicy {
  readonly name: string;
  readonly resource: 'instances' | 'livemigrations';
  readonly operations: readonly ('CREATE' | 'UPDATE')[];
  /** What of the request takes the right; CEL. */
  readonly when: { readonly name: string; readonly expression: string };
  /** Whether the user has it; CEL. */
  readonly right: string;
  readonly message: string;
}

const virtualMachines =
  "authorizer.group('kubevirt.io').resource('virtualmachines').namespace(request.namespace)";

/**
 * The operator may create VirtualMachines in every namespace, and a native template can say all that one can: so only
 * who may create them there themselves may set it. Who leaves the template as it is may change the rest.
 */
export const NATIVE_TEMPLATE: RightPolicy = {
  name: 'medevac-native-template',
  resource: 'instances',
  operations: ['CREATE', 'UPDATE'],
  when: {
    name: 'template-changed',
    expression:
      'has(object.spec.kubevirt) && (oldObject == null || !has(oldObject.spec.kubevirt) || object.spec.kubevirt != oldObject.spec.kubevirt)',
  },
  right: `${virtualMachines}.check('create').allowed()`,
  message: 'spec.kubevirt may only be set by who may create virtualmachines.kubevirt.io in this namespace',
};

const asksForAdoption = (object: string) =>
  `has(${object}.metadata.annotations) && '${ADOPT_ANNOTATION}' in ${object}.metadata.annotations && ` +
  `${object}.metadata.annotations['${ADOPT_ANNOTATION}'] == 'true'`;

/** The operator may change every VirtualMachine: so only who may do so there themselves may have one taken over. */
export const ADOPTION: RightPolicy = {
  name: 'medevac-adoption',
  resource: 'instances',
  operations: ['CREATE', 'UPDATE'],
  when: {
    name: 'adoption-newly-asked',
    expression: `${asksForAdoption('object')} && !(oldObject != null && ${asksForAdoption('oldObject')})`,
  },
  right: `${virtualMachines}.check('update').allowed()`,
  message: `annotation ${ADOPT_ANNOTATION} may only be set to "true" by who may update virtualmachines.kubevirt.io in this namespace`,
};

const HOSTNAME = "'kubernetes.io/hostname'";

/** As in Nova, where naming a host is for admins. Optional: a cluster whose tenants know their nodes can do without. */
export const DESTINATION_NODE: RightPolicy = {
  name: 'medevac-destination-node',
  resource: 'livemigrations',
  operations: ['CREATE'],
  when: {
    name: 'node-named',
    expression:
      'has(object.spec.destination) && (has(object.spec.destination.nodeName) || ' +
      `(has(object.spec.destination.nodeSelector) && ${HOSTNAME} in object.spec.destination.nodeSelector))`,
  },
  right:
    "(has(object.spec.destination.nodeName) ? authorizer.group('').resource('nodes').name(object.spec.destination.nodeName) : " +
    "authorizer.group('').resource('nodes')).check('use').allowed()",
  message:
    'spec.destination may only name a node for who has the verb use on that node (nodes, core API group); leave it out, or ask for labels',
};

/** What the API server says to who lacks the right. `object` is the name of what they asked for. */
export function refusalBy({ name, resource, message }: RightPolicy, object: string): string {
  return (
    `${resource}.${GROUP} "${object}" is forbidden: ` +
    `ValidatingAdmissionPolicy '${name}' with binding '${name}' denied request: ${message}`
  );
}

/** Policies that always hold, each with its binding. */
export function admissionPolicies() {
  return [NATIVE_TEMPLATE, ADOPTION].flatMap(policyAndBinding);
}

/** The policy that an installation may choose, with its binding. */
export function destinationNodePolicy() {
  return policyAndBinding(DESTINATION_NODE);
}

function policyAndBinding({ name, resource, operations, when, right, message }: RightPolicy) {
  const policy = {
    apiVersion: API_VERSION,
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        resourceRules: [{ apiGroups: [GROUP], apiVersions: VERSIONS, resources: [resource], operations }],
      },
      matchConditions: [when],
      validations: [{ expression: right, message, reason: 'Forbidden' }],
    },
  };
  const binding = {
    apiVersion: API_VERSION,
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name },
    spec: { policyName: name, validationActions: ['Deny'] },
  };
  return [policy, binding];
}
