/** Starts a control plane, prints where it is and waits: for tests of what is left when such a process is killed. */
import { setInterval } from 'node:timers';
import { startControlPlane } from './control-plane.ts';

const controlPlane = await startControlPlane();
const { folder } = controlPlane;
console.log(JSON.stringify({ folder, pids: Object.values(controlPlane.pids()) }));
setInterval(() => undefined, 60_000);
