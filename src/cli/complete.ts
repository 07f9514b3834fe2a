#!/usr/bin/env -S node --disable-warning=ExperimentalWarning
import { enableCompileCache } from 'node:module';

// Lazily, so that what follows is in the cache, too: somebody waits for it at each press of Tab.
enableCompileCache();
const { printCompletion } = await import('./print-completion.ts');

await printCompletion(process.argv.slice(2));
