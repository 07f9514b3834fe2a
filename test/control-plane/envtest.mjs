/**
 * The official envtest archive of the Kubernetes project: etcd, kube-apiserver and kubectl, ready to run. Its version and
 * checksums are pinned to what the project publishes in envtest-releases.yaml of kubernetes-sigs/controller-tools.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';

const CONNECT_TIMEOUT_MS = 10_000;
const DOWNLOAD_TIMEOUT_MS = 5 * 60_000;
/** Where the programs lie in the archive. */
const INNER_FOLDER = ['controller-tools', 'envtest'];

export const ENVTEST = {
  version: 'v1.36.2',
  releases: 'https://github.com/kubernetes-sigs/controller-tools/releases/download',
  /** sha512 by platform. */
  checksums: {
    'linux-amd64':
      'ea743186c8a799f5cf8faf16969f86189d003cb7d130e0ac4b58789f1e5748dcf30ebe91c837a10d5ac415383da3e10b9e64d65785c938c23e739781cfb76f08',
    'linux-arm64':
      '2d72ee985a8e262a3c57dc9f7f0fd891f6a8c7bf7ebaa2db6dc6d8eac8ae28181afe51c1f368b67756cdb40b10de9b205609e1726e5f27f7c6d824dd9c6649ac',
    'darwin-amd64':
      'b4fe9f973cd1992e3880f8b230ed32c0c243b83371591e3e3315f4404df2cdbef8ee94eeb9bb245b7e5feb987d5c4a76c43e0877654ab73f00d7bbc2b9984514',
    'darwin-arm64':
      '9278f9e5af556b2f1f2d139769c1f0d717c7b4426917fdebdba898bcb725a916e4910d6160886194ff9be9589ea7c5c32c2b8ae0754703874b7c8ba8ddfc41ce',
  },
};

export function envtestPlatform() {
  return `${platform()}-${arch() === 'x64' ? 'amd64' : arch()}`;
}

async function download(url) {
  const abort = new globalThis.AbortController();
  const connecting = globalThis.setTimeout(() => abort.abort(new Error('no answer')), CONNECT_TIMEOUT_MS);
  const whole = globalThis.setTimeout(() => abort.abort(new Error('too slow')), DOWNLOAD_TIMEOUT_MS);
  try {
    const response = await globalThis.fetch(url, { signal: abort.signal });
    globalThis.clearTimeout(connecting);
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  } finally {
    globalThis.clearTimeout(connecting);
    globalThis.clearTimeout(whole);
  }
}

async function unpack(archive, folder) {
  const tar = spawn('tar', ['-xzf', archive, '-C', folder], { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = await once(tar, 'close');
  if (code !== 0) throw new Error(`tar ended with ${code}`);
}

/**
 * Fetches the archive into `folder`, whole or not at all. Returns false where there is no archive for this platform.
 * Throws when it can't be had, or is not the one that was pinned.
 */
export async function fetchEnvtest(folder, pinned = ENVTEST) {
  const checksum = pinned.checksums[envtestPlatform()];
  if (checksum === undefined) return false;
  const name = `envtest-${pinned.version}-${envtestPlatform()}.tar.gz`;
  const bytes = await download(`${pinned.releases}/envtest-${pinned.version}/${name}`);
  if (createHash('sha512').update(bytes).digest('hex') !== checksum)
    throw new Error(`${name} has a wrong checksum`);
  const unfinished = await mkdtemp(join(dirname(folder), '.envtest-'));
  try {
    const archive = join(unfinished, name);
    await writeFile(archive, bytes);
    await unpack(archive, unfinished);
    await rm(folder, { recursive: true, force: true });
    await rename(join(unfinished, ...INNER_FOLDER), folder);
    return true;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}
