import { sameBoot } from '../../../../../src/domain/instance/observation.ts';
import { inForce } from '../world/in-force.ts';
import { seen } from '../world/stale.ts';
import type { Property } from './property.ts';
import { bootOf } from './rendering.ts';

/** Rule 4: nothing ends in a stopped or restarted VM unless the spec says so. */
export const UNDISTURBED: readonly Property[] = [
  function restartsOnlyWhatIsBootedOtherwise(before, { order }) {
    const { instance, guest } = seen(before);
    if (order?.kind !== 'Restart' || instance === undefined || guest === undefined) return undefined;
    return guest.bootId === order.bootId && sameBoot(guest.boot, bootOf(inForce(instance), instance.uid))
      ? `a VM that is booted as asked (${guest.boot.mode}) is restarted`
      : undefined;
  },

  function stopsOnlyWhenAsked(before, { order }) {
    const { instance } = seen(before);
    if (order?.kind !== 'Define' || instance === undefined) return undefined;
    const wanted = isWantedOn(inForce(instance)) ? 'On' : 'Off';
    return order.power === wanted
      ? undefined
      : `the VM is stored to be ${order.power}, the spec asks for ${wanted}`;
  },

  /** Whatever happened before: a guest that runs as asked is never stopped by an order. */
  function neverEndsWhatIsWanted({ instance, guest }, { order, next }) {
    if (order === undefined || instance === undefined || guest?.phase !== 'Running') return undefined;
    const ends = next.guest?.phase === 'Stopping';
    const spec = inForce(instance);
    const wanted = isWantedOn(spec) && sameBoot(guest.boot, bootOf(spec, instance.uid));
    // An edit that was not seen yet, as one that comes a moment later.
    return ends && wanted && next.stale.instance === undefined
      ? `${order.kind} ends a guest that runs as asked`
      : undefined;
  },
];

type Spec = NonNullable<Parameters<Property>[0]['instance']>['spec'];

export function isWantedOn({ rescue, powerState }: Spec): boolean {
  return rescue !== undefined || powerState === 'Running';
}
