import type { Outcome } from '../stories/differences.ts';
import { told, type WritePoint } from '../stories/failpoint.ts';
import type { Pace } from '../stories/player.ts';
import type { Story } from '../stories/stories.ts';
import { MOMENTS, type Moment } from './kill.ts';

/** A story at a pace. */
export interface Plot {
  readonly story: Story;
  readonly pace: Pace;
}

/** How it goes when nothing happens. */
export interface Tale extends Plot {
  readonly reference: Outcome;
  readonly writes: readonly WritePoint[];
}

/** A write of a tale that the operator is killed at. */
export interface Target {
  readonly tale: Tale;
  readonly point: WritePoint;
  readonly moment: Moment;
}

export function targetsIn(tale: Tale): Target[] {
  return tale.writes.flatMap((point) => MOMENTS.map((moment) => ({ tale, point, moment })));
}

export function toldTarget({ tale: { story, pace }, point, moment }: Target): string {
  return `${story.name}, ${pace}, killed at ${told(point)} ${moment}`;
}

/** In as few batches as they can be told in side by side, so many at a time. */
export function batchesOf(targets: readonly Target[], atOnce: number): Target[][] {
  const batches: Target[][] = [];
  for (const target of targets) {
    const hasPlace = (batch: Target[]) =>
      batch.length < atOnce && batch.every((other) => canBeBeside(target, other));
    const batch = batches.find(hasPlace);
    if (batch === undefined) batches.push([target]);
    else batch.push(target);
  }
  return batches;
}

/** All drains are one thing to look at for the operator: while it waits for an answer to what it writes there, no other goes on. */
function canBeBeside(one: Target, other: Target): boolean {
  const isDrain = ({ tale }: Target) => tale.story.name === 'drain';
  const stopsDrains = ({ point }: Target) => point.what === 'POST livemigrations';
  return !(isDrain(one) && isDrain(other) && (stopsDrains(one) || stopsDrains(other)));
}
