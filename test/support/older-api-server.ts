import type { ControlPlane } from '../control-plane/control-plane.ts';
import { startApiProxy, type ApiProxy } from './api-proxy.ts';

const NOT_OFFERED = {
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  reason: 'Invalid',
  code: 422,
  message: 'sendInitialEvents: Forbidden: sendInitialEvents is forbidden for watch',
};

/** A proxy that makes of the API server one that offers no watch-list. */
export function startOlderApiServer(controlPlane: ControlPlane): Promise<ApiProxy> {
  return startApiProxy(controlPlane, async (exchange) => {
    if (exchange.query.has('sendInitialEvents')) {
      const { code } = NOT_OFFERED;
      const headers = { 'content-type': 'application/json' };
      await exchange.reply({ code, headers, body: Buffer.from(JSON.stringify(NOT_OFFERED)) });
    } else if (exchange.isWatch) {
      await exchange.pass();
    } else {
      await exchange.reply(await exchange.forward());
    }
  });
}
