/** Builds the peers that medevac is measured beside. What can't be had is said in one sentence, and left out. */
import { buildPeers } from '../bench/build/build.ts';

await buildPeers((what) => {
  console.error(`setup: ${what}`);
});
