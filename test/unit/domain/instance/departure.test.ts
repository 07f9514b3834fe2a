import { describe, expect, it } from '@jest/globals';
import { VM_FINALIZER } from '../../../../src/api/names.ts';
import { finalizersAfter } from '../../../../src/domain/instance/departure.ts';
import { aStoredInstance } from '../../../builders/observation.ts';

describe('the finalizers of an Instance whose VM does not go with it by itself', () => {
  const OTHER = 'example.com/backup';
  it.each<{ name: string; finalizers: string[] | undefined; kind: 'Hold' | 'Lift'; want: string[] }>([
    { name: 'it is held', finalizers: undefined, kind: 'Hold', want: [VM_FINALIZER] },
    { name: 'it is held beside others', finalizers: [OTHER], kind: 'Hold', want: [OTHER, VM_FINALIZER] },
    { name: 'it is held once', finalizers: [VM_FINALIZER], kind: 'Hold', want: [VM_FINALIZER] },
    {
      name: 'it is let go, and others hold it still',
      finalizers: [VM_FINALIZER, OTHER],
      kind: 'Lift',
      want: [OTHER],
    },
  ])('$name', ({ finalizers, kind, want }) => {
    const instance = aStoredInstance({ metadata: finalizers === undefined ? {} : { finalizers } });
    expect(finalizersAfter(instance, { kind })).toEqual(want);
  });
});
