import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { Transport } from '../../src/kube/transport.ts';
import { startControlPlane, type ControlPlane } from '../control-plane/control-plane.ts';
import { anySubnet, ProcessNodes, serviceRange } from '../process-nodes/process-nodes.ts';
import type { Image } from '../process-nodes/process-pod.ts';
import { kubectl, type Printed } from '../support/kubectl.ts';
import { CHART, helm } from './helm.ts';
import { fromSources } from './operator-image.ts';

/** A cluster for charts: real control plane, controllers and scheduler; nodes whose Pods are processes. */
export interface Cluster {
  readonly controlPlane: ControlPlane;
  readonly admin: Transport;
  /** Runs Helm as an admin of the cluster; resolves also where it fails. */
  helm(...args: readonly string[]): Promise<Printed>;
  /** Runs kubectl as an admin of the cluster. @throws where it fails */
  kubectl(args: readonly string[], input?: unknown): Promise<string>;
  close(): Promise<void>;
}

/** Version of the operator, as the chart says. */
async function appVersion(): Promise<string> {
  const { appVersion: version } = parse(await readFile(join(CHART, 'Chart.yaml'), 'utf8')) as {
    appVersion: string;
  };
  return version;
}

export interface ClusterOptions {
  /** Beside that of the chart. */
  readonly images?: (controlPlane: ControlPlane) => Readonly<Record<string, Image>>;
  readonly users?: Readonly<Record<string, readonly string[]>>;
  /** Nodes that somebody else makes, where only Pods of that namespace are carried out. Default: three of its own. */
  readonly guestOf?: { readonly nodes: readonly string[]; readonly namespace: string };
}

export async function startCluster({
  images = () => ({}),
  users = {},
  guestOf,
}: ClusterOptions = {}): Promise<Cluster> {
  const subnet = anySubnet();
  const controlPlane = await startControlPlane({
    workloads: true,
    scheduler: guestOf === undefined,
    serviceRange: serviceRange(subnet),
    users,
  });
  const admin = new Transport(controlPlane.connection());
  const nodes = await ProcessNodes.start({
    ...(guestOf ?? { nodes: ['node-a', 'node-b', 'node-c'] }),
    admin,
    images: { [`medevac:${await appVersion()}`]: fromSources(controlPlane), ...images(controlPlane) },
    logFolder: controlPlane.folder,
    apiServer: controlPlane.url,
    subnet,
  });
  const kubeconfig = await controlPlane.kubeconfig();
  return {
    controlPlane,
    admin,
    helm: (...args) => helm(args, { kubeconfig }),
    kubectl: async (args, input) => {
      const { code, stdout, stderr } = await kubectl(controlPlane, args, { input });
      if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
      return stdout;
    },
    close: async () => {
      await nodes.close();
      await admin.close();
      await controlPlane.stop();
    },
  };
}
