import type { Dice } from '../stories/dice.ts';

/** What can become of a request that is no watch. */
const REQUEST_LIES = [
  /** The connection is reset before anything is carried out. */
  'unsent',
  /** It is carried out, and the connection is reset instead of an answer. */
  'unanswered',
  /** It is carried out, and the answer breaks off in its midst. */
  'answer cut',
  /** It is carried out a while later, after requests that were sent after it. */
  'late',
  /** The answer comes a while after what it tells has been seen by others. */
  'answered late',
  '409',
  '429',
  '500',
  '503',
  /** It is carried out, and an error is answered. */
  '500 after commit',
  '504 after commit',
] as const;

/** What can become of a watch. */
const WATCH_LIES = [
  'refused with 410',
  'refused with 503',
  /** What has been seen already is told again, from an older state on. */
  'begins in the past',
  /** Nothing comes for a while, then all of it. */
  'held back',
  /** Each event comes twice. */
  'told twice',
  /** The connection is reset in the midst of an event. */
  'cut in an event',
  /** The version that is known is said to be compacted away. */
  'says 410',
  /** The server ends it, as it does after some minutes. */
  'ended',
  /** Nothing comes any more and the connection stays, for a while; then it is reset. */
  'half-open',
] as const;

export type RequestLie = (typeof REQUEST_LIES)[number];
export type WatchLie = (typeof WATCH_LIES)[number];

/** One request in so many is lied about. */
const ONE_IN = 3;

export function requestLie(dice: Dice): RequestLie | undefined {
  return dice.below(ONE_IN) === 0 ? dice.oneOf(REQUEST_LIES) : undefined;
}

export function watchLie(dice: Dice): WatchLie {
  return dice.oneOf(WATCH_LIES);
}
