import { describe, expect, it } from '@jest/globals';
import { ownedElsewhere } from '../../../src/cli/owners.ts';
import { anInstanceObject } from './objects.ts';

const RESCUE = { 'f:spec': { 'f:rescue': { 'f:source': {} } } };
const OTHERS = { 'f:spec': { 'f:memory': {}, 'f:powerState': {} } };

const entry = (manager: string, operation: string, fieldsV1: object, subresource?: string) => ({
  manager,
  operation,
  fieldsV1,
  ...(subresource !== undefined && { subresource }),
});

const IN_GIT =
  '"argocd", which would set it again. Remove it in the manifest that argocd applies, such as in Git.';

describe('whose spec.rescue is', () => {
  it.each([
    ['nobody’s', [], undefined],
    ['ours', [entry('medevac-cli', 'Apply', RESCUE)], undefined],
    [
      'ours, beside a GitOps pipeline that has the rest',
      [entry('medevac-cli', 'Apply', RESCUE), entry('argocd', 'Apply', OTHERS)],
      undefined,
    ],
    [
      'nobody’s, where the operator writes status',
      [entry('medevac', 'Update', { 'f:status': {} }, 'status')],
      undefined,
    ],
    ['a GitOps pipeline’s', [entry('argocd', 'Apply', RESCUE)], IN_GIT],
    [
      'both’s, who have set the same',
      [entry('medevac-cli', 'Apply', RESCUE), entry('argocd', 'Apply', RESCUE)],
      IN_GIT,
    ],
    [
      'that of one who has edited it',
      [entry('kubectl-edit', 'Update', RESCUE)],
      '"kubectl-edit", which would set it again. Remove it where it was set: in the manifest, or with kubectl edit instance web-1 -n team-a.',
    ],
  ])('%s', (_, managedFields, want) => {
    const instance = anInstanceObject({ metadata: { managedFields } });
    expect(ownedElsewhere(instance, 'removed')).toEqual(
      want === undefined
        ? undefined
        : `spec.rescue of Instance team-a/web-1 belongs to field manager ${want}`,
    );
  });

  it('is said in other words to one who wants to set it', () => {
    const instance = anInstanceObject({ metadata: { managedFields: [entry('flux', 'Apply', RESCUE)] } });
    expect(ownedElsewhere(instance, 'set')).toBe(
      'spec.rescue of Instance team-a/web-1 belongs to field manager "flux", which would set it again. ' +
        'Change it in the manifest that flux applies, such as in Git.',
    );
  });
});
