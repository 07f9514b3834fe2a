#!/usr/bin/env -S node --disable-warning=ExperimentalWarning
import { enableCompileCache } from 'node:module';

// Lazily, so that what follows is in the cache, too: the next start takes half the time.
enableCompileCache();
const { main } = await import('./run.ts');

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
// Whoever reads has read enough, as `head` does.
process.stdout.on('error', () => process.exit());
process.exitCode = await main(process.argv.slice(2), stop.signal);
