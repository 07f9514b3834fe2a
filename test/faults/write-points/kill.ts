import type { Exchange } from '../../support/api-proxy.ts';

/** When the operator is killed: before the write is sent, when it is carried out but not answered, when it is answered. */
export const MOMENTS = ['before it is sent', 'before it is answered', 'after it is answered'] as const;
export type Moment = (typeof MOMENTS)[number];

/** A strike that kills the operator; `kill` resolves when it is dead. */
export function killAt(moment: Moment, kill: () => Promise<void>): (exchange: Exchange) => Promise<void> {
  return async (exchange) => {
    if (moment !== 'before it is sent') {
      const answer = await exchange.forward();
      if (moment === 'after it is answered') await exchange.reply(answer);
    }
    await kill();
    exchange.drop();
  };
}
