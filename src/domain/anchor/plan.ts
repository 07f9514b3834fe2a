import { fingerprint } from '../fingerprint.ts';
import { ownVm, type InstanceObservation, type Target } from '../instance/observation.ts';
import { standingOf } from '../instance/standing.ts';
import { isOver, type ObservedMigration } from '../observed.ts';
import { destinationAnchor, ownAnchor, type AnchorOrder } from './order.ts';
import { bindingHost, isFree, isOf, isStanding, type ObservedAnchor, type Placement } from './placement.ts';

/** A LiveMigration that needs a place at its destination. */
export interface Move {
  readonly migrationUid: string;
  readonly nodeName: string | undefined;
  /** Labels that the destination must have. */
  readonly labels: Readonly<Record<string, string>>;
  /** Whether the driver may have been told the destination: then that stays as it is. */
  readonly begun: boolean;
}

/** Everything that the anchors of an Instance depend on. */
export interface AnchorSight {
  readonly observation: InstanceObservation;
  readonly target: Target;
  readonly placement: Placement;
  readonly moves: readonly Move[];
  /** Migrations of the VM as the driver sees them. */
  readonly observed: readonly ObservedMigration[];
}

export interface AnchorPlan {
  readonly create: readonly AnchorOrder[];
  readonly remove: readonly ObservedAnchor[];
}

/** What is asked for, and which anchors there are that will do. */
interface Wish {
  readonly order: AnchorOrder;
  readonly isMetBy: (anchor: ObservedAnchor) => boolean;
}

/**
 * Which anchors are to be made, and which are to go. A VM that runs, or is to run, has one on its node; while it is moved
 * there is a second one at the destination. One that is lost is made again where the VM is; the VM is never moved for it.
 */
export function planAnchors(sight: AnchorSight): AnchorPlan {
  const { anchors } = sight.placement;
  const standing = anchors.filter(isStanding).toSorted(byWeight);
  const wishes = wishesOf(sight);
  const kept = new Set(wishes.flatMap(({ isMetBy }) => standing.find(isMetBy) ?? []));
  const involved = nodesUnderWay(sight);
  for (const anchor of standing) if (anchor.node !== undefined && involved.has(anchor.node)) kept.add(anchor);
  const taken = new Set(anchors.map(({ name }) => name));
  return {
    create: wishes
      .filter(({ isMetBy }) => !standing.some(isMetBy))
      .map(({ order }) => order)
      // A name is free again when the one that has it is gone.
      .filter(({ name }) => !taken.has(name)),
    remove: anchors.filter((anchor) => anchor.phase !== 'Leaving' && !kept.has(anchor)),
  };
}

/** Of two that would do, the one that is bound. */
function byWeight(a: ObservedAnchor, b: ObservedAnchor): number {
  return Number(a.node === undefined) - Number(b.node === undefined) || (a.name < b.name ? -1 : 1);
}

function wishesOf(sight: AnchorSight): Wish[] {
  return needsPlace(sight) ? [ownWish(sight), ...sight.moves.map((move) => wishOf(sight, move))] : [];
}

/** A VM that is off takes no place; but before it is made somebody must say where. */
export function needsPlace({ observation, target }: Pick<AnchorSight, 'observation' | 'target'>): boolean {
  const { metadata } = observation.instance;
  const running = ownVm(observation)?.running;
  if (running !== undefined && running.phase !== 'Ended') return true;
  if (metadata.deletionTimestamp !== undefined) return false;
  const standing = standingOf(observation);
  return standing === 'None' || (standing === 'Own' && target.power === 'On');
}

function ownWish({ observation, target: { vm }, placement }: AnchorSight): Wish {
  const host = bindingHost(placement)?.name;
  const order = ownAnchor({ instance: observation.instance.metadata, vm, host });
  const hash = fingerprint(order);
  if (host !== undefined) return { order, isMetBy: isOf(host) };
  // One that is bound already is as good as any; one that waits has to ask for what is wanted now.
  const isAsWanted = ({ node, order: made }: ObservedAnchor) => node !== undefined || made === hash;
  return { order, isMetBy: (anchor) => isFree(placement)(anchor) && isAsWanted(anchor) };
}

function wishOf({ observation, target: { vm }, placement }: AnchorSight, move: Move): Wish {
  const { migrationUid, nodeName, labels, begun } = move;
  const { metadata: instance } = observation.instance;
  const source = bindingHost(placement)?.name;
  const order = destinationAnchor({ instance, vm, migrationUid, source, nodeName, labels });
  const hash = fingerprint(order);
  return {
    order,
    isMetBy: (anchor) => anchor.migrationUid === migrationUid && (begun || anchor.order === hash),
  };
}

/** Both nodes of a migration that is not over hold their places, whatever has become of its LiveMigration. */
function nodesUnderWay({ observation, observed }: AnchorSight): Set<string> {
  const migrations = [
    ...observed.filter((migration) => !isOver(migration)),
    ...(ownVm(observation)?.migrations ?? []),
  ];
  return new Set(
    migrations.flatMap(({ source, destination }) =>
      [source, destination].filter((node) => node !== undefined),
    ),
  );
}
