import { once } from 'node:events';
import { createServer } from 'node:net';

// Below the range that kernels take ports of outgoing connections from (32768 and up on Linux, 49152 and up elsewhere):
// so no client connection takes a port between the finding and the use of it, nor while a server is restarted on it.
const LOWEST = 20_000;
const HIGHEST = 32_000;

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

/** A loopback port that nobody listened on a moment ago. */
export async function findFreePort(): Promise<number> {
  for (;;) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (await isFree(port)) return port;
  }
}
