import { GROUP, VERSIONS } from '../../src/api/names.ts';

/** Name of the policy and of its binding. */
const POLICY = 'medevac-native-template';

const API_VERSION = 'admissionregistration.k8s.io/v1';

/** What is said to who may not set a native template. */
export const TEMPLATE_REFUSAL =
  'spec.kubevirt may only be set by who may create virtualmachines.kubevirt.io in this namespace';

/**
 * The operator may create VirtualMachines in every namespace, and a native template can say all that one can: so only
 * who may create them there themselves may set it. Held by the API server, also while the operator is down. Who leaves
 * the template as it is may change the rest.
 */
export function nativeTemplatePolicy() {
  const policy = {
    apiVersion: API_VERSION,
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: POLICY },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: [GROUP],
            apiVersions: VERSIONS,
            resources: ['instances'],
            operations: ['CREATE', 'UPDATE'],
          },
        ],
      },
      matchConditions: [
        {
          name: 'template-changed',
          expression:
            'has(object.spec.kubevirt) && (oldObject == null || !has(oldObject.spec.kubevirt) || object.spec.kubevirt != oldObject.spec.kubevirt)',
        },
      ],
      validations: [
        {
          expression:
            "authorizer.group('kubevirt.io').resource('virtualmachines').namespace(request.namespace).check('create').allowed()",
          message: TEMPLATE_REFUSAL,
          reason: 'Forbidden',
        },
      ],
    },
  };
  const binding = {
    apiVersion: API_VERSION,
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: POLICY },
    spec: { policyName: POLICY, validationActions: ['Deny'] },
  };
  return [policy, binding];
}
