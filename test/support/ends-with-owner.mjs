/** Loaded into a program before anything else: it is killed when the pipe on its descriptor 3 closes, so when its owner is gone. */
import { Socket } from 'node:net';

new Socket({ fd: 3 })
  .on('close', () => process.kill(process.pid, 'SIGKILL'))
  .resume()
  .unref();
