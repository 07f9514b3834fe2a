import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { startProcess, type Image } from '../process-nodes/process-pod.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');

/** The operator from the sources, in place of its image: with the Pod's arguments, environment, address and ServiceAccount. */
export function fromSources({ url, ca, folder }: ControlPlane): Image {
  return async ({ pod, args, env, ip, token }, log) => {
    const kubeconfig = join(folder, `${pod.metadata.name}.kubeconfig`);
    const authority = Buffer.from(ca).toString('base64');
    const content = {
      'current-context': 'pod',
      clusters: [{ name: 'pod', cluster: { server: url, 'certificate-authority-data': authority } }],
      users: [{ name: 'pod', user: { token } }],
      contexts: [{ name: 'pod', context: { cluster: 'pod', user: 'pod' } }],
    };
    await writeFile(kubeconfig, JSON.stringify(content), { mode: 0o600 });
    const { PATH } = process.env;
    const environment = { PATH, ...env, KUBECONFIG: kubeconfig, MEDEVAC_BIND_ADDRESS: ip };
    return startProcess({ command: process.execPath, args: [MAIN, ...args], env: environment }, log);
  };
}
