import type { Facet } from '../intent.ts';

/** A VM of the Instance's name that somebody else made is never touched. */
export const ownership: Facet = ({ instance, vm }) => {
  if (vm === undefined || vm.instanceUid === instance.metadata.uid) return undefined;
  const { namespace, name } = instance.metadata;
  return {
    kind: 'Stall',
    reason: 'NotOwned',
    message:
      `A virtual machine ${namespace}/${name} is there already and does not belong to this Instance. ` +
      'Delete or rename it, or give the Instance another name.',
  };
};
