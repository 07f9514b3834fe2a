import type { World } from '../controllers/world.ts';
import { notServedText } from '../domain/served.ts';
import { admittedWith } from '../domain/verdict.ts';
import type { AnyJudge, AskingJudge } from './review.ts';

/** Judges what is in the operator's own namespaces; elsewhere all is let through, and it is said that nothing comes of it. */
export function whereServed({ serves }: Pick<World, 'serves'>, judge: AnyJudge): AskingJudge {
  return async (request) => {
    const { namespace, name } = request;
    return serves(namespace) ? judge(request) : admittedWith(notServedText(namespace, name));
  };
}
