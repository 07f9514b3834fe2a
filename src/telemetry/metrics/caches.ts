import type { KubeObject } from '../../kube/resource.ts';
import type { Reflector, ReflectorStats } from '../../runtime/reflector.ts';
import type { Meter, Reading } from './meter.ts';

const COUNTED: readonly (readonly [stat: keyof ReflectorStats, name: string, help: string])[] = [
  ['lists', 'reflector_lists_total', 'Complete lists that were asked for.'],
  ['watches', 'reflector_watches_total', 'Watches that were begun.'],
  ['events', 'reflector_events_total', 'Changes that came through watches.'],
  ['failures', 'reflector_failures_total', 'Lists and watches that failed.'],
];

export type AnyCache = Pick<Reflector<KubeObject>, 'name' | 'stats'> & {
  readonly store: { readonly size: number };
};

/** Figures of the caches: how often they had to begin anew, and what they hold. */
export function measureCaches(meter: Meter, reflectors: readonly AnyCache[]): void {
  const each = (value: (reflector: AnyCache) => number) => (): Reading[] =>
    reflectors.map((reflector) => ({
      labels: { name: reflector.name.replace(/^reflector /, '') },
      value: value(reflector),
    }));
  for (const [stat, name, help] of COUNTED) {
    meter.count({ name, help, read: each(({ stats }) => stats[stat]) }, 'name');
  }
  meter.gauge(
    {
      name: 'reflector_objects',
      help: 'Objects that a cache holds.',
      read: each(({ store }) => store.size),
    },
    'name',
  );
}
