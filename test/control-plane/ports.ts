import { once } from 'node:events';
import { createServer } from 'node:net';

// Below the range that kernels take ports of outgoing connections from (32768 and up on Linux, 49152 and up elsewhere):
// so no client connection takes a port between the finding and the use of it, nor while a server is restarted on it.
const LOWEST = 20_000;
const HIGHEST = 32_000;
/**
 * A port that was found is free to all until it is listened on. So each of Jest's workers, which run side by side, takes
 * from a share of its own, and none twice. Two Jests number their workers alike: the second is given its share.
 */
const SHARES = 4;
const WIDTH = (HIGHEST - LOWEST) / SHARES;
const given = process.env['MEDEVAC_PORT_SHARE'] ?? process.env['JEST_WORKER_ID'] ?? 0;
const share = LOWEST + WIDTH * (Number(given) % SHARES);
let offset = Math.floor(Math.random() * WIDTH);

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

/** A loopback port that nobody listened on a moment ago, and another one each time. */
export async function findFreePort(): Promise<number> {
  for (;;) {
    offset = (offset + 1) % WIDTH;
    const port = share + offset;
    if (await isFree(port)) return port;
  }
}
