import { ADOPT_ANNOTATION, GROUP, VERSIONS } from '../../src/api/names.ts';

const API_VERSION = 'admissionregistration.k8s.io/v1';

/** A right that a part of an object takes. Held by the API server itself, also while the operator is down. */
interface RightPolicy {
  readonly name: string;
  readonly resource: 'instances' | 'livemigrations';
  readonly operations: readonly ('CREATE' | 'UPDATE')[];
  /** CEL that `rights` uses, each by its name, in an order in which none uses one that comes later. */
  readonly variables?: readonly { readonly name: string; readonly expression: string }[];
  /** What of the request takes the right; CEL. */
  readonly when: { readonly name: string; readonly expression: string };
  /** Whether the user has it; CEL, all of which must hold. */
  readonly rights: readonly string[];
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
  rights: [`${virtualMachines}.check('create').allowed()`],
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
  rights: [`${virtualMachines}.check('update').allowed()`],
  message: `annotation ${ADOPT_ANNOTATION} may only be set to "true" by who may update virtualmachines.kubevirt.io in this namespace`,
};

/**
 * A rescue boots an image of the author's over the VM's own disks, past whatever guards them inside: so it takes a right of
 * its own. To end one takes none.
 */
export const RESCUE: RightPolicy = {
  name: 'medevac-rescue',
  resource: 'instances',
  operations: ['CREATE', 'UPDATE'],
  when: {
    name: 'rescue-changed',
    expression:
      'has(object.spec.rescue) && (oldObject == null || !has(oldObject.spec.rescue) || object.spec.rescue != oldObject.spec.rescue)',
  },
  rights: [
    `authorizer.group('${GROUP}').resource('instances').subresource('rescue')` +
      ".namespace(request.namespace).name(object.metadata.name).check('create').allowed()",
  ],
  message:
    'spec.rescue may only be set, or changed, by who has the verb create on instances/rescue in this namespace (ClusterRole medevac:rescue)',
};

/* CEL, each a list: what an Instance has of disks and rescue, and the names in them. `object` is `object` or `oldObject`. */
const sourcesIn = (object: string) =>
  `(has(${object}.spec.disks) ? ${object}.spec.disks.map(disk, disk.source) : [])`;
const rescueIn = (object: string) => `(has(${object}.spec.rescue) ? [${object}.spec.rescue] : [])`;
const namedIn = (holders: string, kind: string, field: string) =>
  `${holders}.filter(one, has(one.${kind})).map(one, one.${kind}.${field})`;

const claimsIn = (object: string) => [
  namedIn(sourcesIn(object), 'persistentVolumeClaim', 'claimName'),
  namedIn(sourcesIn(object), 'dataVolume', 'name'),
  namedIn(`${rescueIn(object)}.map(rescue, rescue.source)`, 'persistentVolumeClaim', 'claimName'),
];
const secretsIn = (object: string) => [
  namedIn(sourcesIn(object), 'cloudInit', 'secretName'),
  namedIn(rescueIn(object), 'credentials', 'secretName'),
];

/** An expression may ask for two rights, and a policy for 28: of so many objects the user is asked about each. */
const MOST_BY_NAME = 8;

/** Whether the user has a right on each object that is named anew; of many at once, on all that there are. */
function rightsOnNamed(resource: string, verb: string): string[] {
  const right = `authorizer.group('').resource('${resource}').namespace(request.namespace)`;
  const count = 'size(variables.anew)';
  const byName = Array.from(
    { length: MOST_BY_NAME },
    (_, index) =>
      `${count} <= ${index} || ${count} > ${MOST_BY_NAME} || ${right}.name(variables.anew[${index}]).check('${verb}').allowed()`,
  );
  return [...byName, `${count} <= ${MOST_BY_NAME} || ${right}.check('${verb}').allowed()`];
}

function namedAnew(namesIn: (object: string) => readonly string[]): NonNullable<RightPolicy['variables']> {
  return [
    { name: 'named', expression: namesIn('object').join(' + ') },
    { name: 'before', expression: `oldObject == null ? [] : ${namesIn('oldObject').join(' + ')}` },
    { name: 'anew', expression: 'variables.named.filter(name, !(name in variables.before))' },
  ];
}

const hasDisksOrRescue = 'has(object.spec.disks) || has(object.spec.rescue)';

/** A VM reads and writes what is in its claims: so only who may change a claim may give it to one. */
export const NAMED_CLAIM: RightPolicy = {
  name: 'medevac-claim',
  resource: 'instances',
  operations: ['CREATE', 'UPDATE'],
  variables: namedAnew(claimsIn),
  when: { name: 'may-name-claims', expression: hasDisksOrRescue },
  rights: rightsOnNamed('persistentvolumeclaims', 'update'),
  message:
    'a PersistentVolumeClaim, or a DataVolume by the claim of its name, may only be named by who may update that claim in this namespace',
};

/** A guest shows what is in its seed to whoever is in it: so only who may read a Secret may make one of it. */
export const NAMED_SECRET: RightPolicy = {
  name: 'medevac-secret',
  resource: 'instances',
  operations: ['CREATE', 'UPDATE'],
  variables: namedAnew(secretsIn),
  when: { name: 'may-name-secrets', expression: hasDisksOrRescue },
  rights: rightsOnNamed('secrets', 'get'),
  message: 'a Secret may only be named by who may get it in this namespace',
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
  rights: [
    "(has(object.spec.destination.nodeName) ? authorizer.group('').resource('nodes').name(object.spec.destination.nodeName) : " +
      "authorizer.group('').resource('nodes')).check('use').allowed()",
  ],
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
  return [NATIVE_TEMPLATE, ADOPTION, RESCUE, NAMED_CLAIM, NAMED_SECRET].flatMap(policyAndBinding);
}

/** The policy that an installation may choose, with its binding. */
export function destinationNodePolicy() {
  return policyAndBinding(DESTINATION_NODE);
}

function policyAndBinding({ name, resource, operations, variables, when, rights, message }: RightPolicy) {
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
      ...(variables && { variables }),
      validations: rights.map((expression) => ({ expression, message, reason: 'Forbidden' })),
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
