/** `source.component` of virt-controller's events, whichever of its controllers they come from. */
export const controllerComponent = 'virtualmachine-controller';

/** Thrown at the end of a pass that must be repeated with back-off. */
export class SyncFailed extends Error {
  override readonly name = 'SyncFailed';
}
