/**
 * Starts an engine with a container below the folder that it is given, says where, and waits to be killed: for the test of what
 * becomes of it then. The container is ended by SIGKILL: SIGTERM it would not heed, being process 1, and the engine gives it 10 s of
 * the 15 s in which itself must have ended.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GenericContainer } from 'testcontainers';
import { copy, placeLibraries } from './base-images.ts';
import { useEngine } from './containers.ts';
import { startDocker } from './docker-engine.ts';

const SLEEP = '/bin/sleep';

const engine = await startDocker(process.argv[2]);
useEngine(engine);
const context = join(engine.folder, 'context');
await copy(SLEEP, join(context, 'root', SLEEP));
await placeLibraries(join(context, 'root'), SLEEP);
await writeFile(join(context, 'Dockerfile'), 'FROM scratch\nCOPY root /\nSTOPSIGNAL SIGKILL\n');
const image = await GenericContainer.fromDockerfile(context).build();
await image.withNetworkMode('host').withCommand([SLEEP, '600']).start();
console.log(engine.folder);
setInterval(() => undefined, 60_000);
