/** The files that make a libvirt host: a copy of this machine's /etc, with the names, keys and settings of its own. */
import { randomUUID } from 'node:crypto';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { CertificateAuthority } from '../control-plane/certificates.ts';

export interface HostIdentity {
  readonly name: string;
  readonly address: string;
}

/** Folders of a host, mounted over this machine's: source below the host's folder → target. */
export const MOUNTS = {
  etc: '/etc',
  lib: '/var/lib/libvirt',
  cache: '/var/cache/libvirt',
  log: '/var/log/libvirt',
} as const;

const LIBVIRTD = `
listen_tls = 1
listen_tcp = 0
auth_tls = "none"
auth_unix_rw = "none"
unix_sock_group = "root"
`;

// Root, and no labels, ownership or cgroups: nothing of this machine is touched.
const QEMU = `
user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
cgroup_controllers = [ ]
security_driver = "none"
namespaces = [ ]
migrate_tls_x509_cert_dir = "/etc/pki/qemu"
migrate_tls_x509_verify = 1
`;

// The log of a console is read from its beginning to its end: it must stay one file.
const VIRTLOGD = `
max_size = 0
`;

/** Writes what a host needs below its folder. `others` are the names that it must know. */
export async function writeHostFiles(
  folder: string,
  host: HostIdentity,
  { authority, others }: { authority: CertificateAuthority; others: readonly HostIdentity[] },
): Promise<void> {
  const etc = join(folder, 'etc');
  for (const name of Object.keys(MOUNTS)) await mkdir(join(folder, name), { recursive: true });
  await mkdir(join(folder, 'log', 'qemu'));
  await cp('/etc', etc, { recursive: true, verbatimSymlinks: true, filter: isWanted });
  await rm(join(etc, 'libvirt', 'qemu'), { recursive: true, force: true });
  const names = others.map(({ name, address }) => `${address} ${name}\n`).join('');
  await write(etc, 'hostname', `${host.name}\n`);
  await write(etc, 'hosts', `127.0.0.1 localhost\n${names}`);
  await write(etc, 'libvirt/libvirtd.conf', `host_uuid = "${randomUUID()}"${LIBVIRTD}`);
  await write(etc, 'libvirt/qemu.conf', QEMU);
  await write(etc, 'libvirt/virtlogd.conf', VIRTLOGD);
  await writeKeys(etc, host, authority);
}

/** Secrets of this machine are none of the host's business, and sockets cannot be copied. */
function isWanted(path: string): boolean {
  return !/^\/etc\/(?:shadow|gshadow|ssh|ssl\/private)/.test(path);
}

/** A host is server for its clients, and client of the others when it migrates: to libvirtd, and to QEMU for its data. */
async function writeKeys(etc: string, host: HostIdentity, authority: CertificateAuthority): Promise<void> {
  const hosts = [host.name, host.address];
  const server = await authority.issue({ commonName: host.name, hosts, usage: 'serverAuth' });
  const client = await authority.issue({ commonName: host.name, usage: 'clientAuth' });
  const files = {
    'CA/cacert.pem': authority.cert,
    'libvirt/servercert.pem': server.cert,
    'libvirt/private/serverkey.pem': server.key,
    'libvirt/clientcert.pem': client.cert,
    'libvirt/private/clientkey.pem': client.key,
    'qemu/ca-cert.pem': authority.cert,
    'qemu/server-cert.pem': server.cert,
    'qemu/server-key.pem': server.key,
    'qemu/client-cert.pem': client.cert,
    'qemu/client-key.pem': client.key,
  };
  for (const [name, content] of Object.entries(files)) await write(join(etc, 'pki'), name, content);
}

/** What an outsider needs to speak to the hosts: the folder for `pkipath` of a URI. */
export async function writeClientKeys(folder: string, authority: CertificateAuthority): Promise<void> {
  const client = await authority.issue({ commonName: 'operator', usage: 'clientAuth' });
  await write(folder, 'cacert.pem', authority.cert);
  await write(folder, 'clientcert.pem', client.cert);
  await write(folder, 'clientkey.pem', client.key);
}

async function write(folder: string, name: string, content: string): Promise<void> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content, { mode: 0o600 });
}
