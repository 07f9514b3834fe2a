/** Starts a host, says where, and waits to be killed: for the test of what becomes of it then. */
import { startLibvirtHosts } from './libvirt-hosts.ts';

const { folder } = await startLibvirtHosts({ count: 1 });
console.log(folder);
setInterval(() => undefined, 60_000);
