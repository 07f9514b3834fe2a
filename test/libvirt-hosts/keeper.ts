/**
 * Removes the hosts of an owner, however that one ends: it waits for its stdin to close, which it also does when the owner
 * is killed. The owner starts it in a session of its own, so that Ctrl-C reaches only the owner. What bears its process id
 * is what it removes; were it killed itself, the next start of hosts does it.
 */
import { mkdirSync } from 'node:fs';
import { folderName } from './names.ts';
import { removeAll } from './removal.ts';

async function end(): Promise<void> {
  await removeAll((keeper) => keeper === process.pid);
  process.exit(0);
}

process
  .on('SIGINT', () => undefined)
  .on('SIGHUP', () => undefined)
  .on('SIGTERM', () => undefined);
process.stdin.on('close', () => void end()).resume();
mkdirSync(folderName(process.pid), { mode: 0o700 });
process.stdout.write('ready\n');
