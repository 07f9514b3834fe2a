/**
 * Images and containers by Testcontainers, over an engine of the suite's own. Its Ryuk, a container that removes what others
 * leave behind, is an image that can't be pulled here: the end of the engine is the end of all that it has.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { GenericContainer, getContainerRuntimeClient, Wait } from 'testcontainers';
import type { Image } from '../process-nodes/process-pod.ts';
import type { DockerEngine } from './docker-engine.ts';

const ROOT = join(import.meta.dirname, '../..');
const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Makes Testcontainers ask that engine; to be called before it is asked anything. */
export function useEngine({ env }: DockerEngine): void {
  const host = { TESTCONTAINERS_RYUK_DISABLED: 'true', TESTCONTAINERS_HOST_OVERRIDE: '127.0.0.1' };
  Object.assign(process.env, env, host);
}

/** Builds targets of the Dockerfile, tagged `medevac:TARGET`. @throws where one can't be built */
export async function buildTargets(args: Record<string, string>, targets: readonly string[]): Promise<void> {
  const { image } = await getContainerRuntimeClient();
  // What is fetched needs the network of the machine, for which fromDockerfile has no word; then it has it from the cache.
  const fetching = {
    t: 'medevac-standin/fetched',
    dockerfile: 'Dockerfile',
    target: 'virsh',
    buildargs: args,
  };
  await image.build(ROOT, { ...fetching, networkmode: 'host' });
  for (const target of targets) {
    const builder = GenericContainer.fromDockerfile(ROOT).withBuildArgs(args).withTarget(target);
    await builder.build(`medevac:${target}`, { deleteOnExit: false });
  }
}

/** What an image is, as the engine has it. */
export async function inspectImage(tag: string) {
  const { container } = await getContainerRuntimeClient();
  return container.dockerode.getImage(tag).inspect();
}

/** A container as the chart asks for it: what nobody may write is read-only, for which Testcontainers has no word. */
export class RestrictedContainer extends GenericContainer {
  constructor(tag: string) {
    super(tag);
    this.hostConfig.ReadonlyRootfs = true;
    this.withNetworkMode('host')
      .withDroppedCapabilities('ALL')
      .withSecurityOpt('no-new-privileges')
      .withResourcesQuota({ memory: 0.5 });
  }
}

/** What a program of an image prints. @throws where it fails */
export async function printedBy(
  tag: string,
  [program, ...args]: readonly [string, ...string[]],
): Promise<string> {
  const container = new RestrictedContainer(tag).withEntrypoint([program]).withCommand(args);
  let printed: Promise<string> | undefined;
  await container
    .withLogConsumer((stream) => (printed = text(stream)))
    .withWaitStrategy(Wait.forOneShotStartup())
    .start();
  return (await printed) ?? '';
}

interface Surroundings {
  /** Where tokens may be put. */
  readonly folder: string;
  /** Certificate of the authority of the API server. */
  readonly ca: string;
  /** Address of the Service `kubernetes`. */
  readonly server: () => Promise<string>;
}

/** What a kubelet gives a container of the Deployment, and no more; it finds the API server by name, as Pods do. */
export function inContainer(tag: string, { folder, ca, server }: Surroundings): Image {
  return async ({ pod, args, env, ip, token }, log) => {
    const account = join(folder, pod.metadata.name);
    await mkdir(account, { recursive: true });
    await writeFile(join(account, 'token'), token);
    await writeFile(join(account, 'ca.crt'), ca);
    const container = new RestrictedContainer(tag)
      .withUser('65532:65532')
      .withExtraHosts([{ host: 'kubernetes.default.svc', ipAddress: await server() }])
      .withBindMounts([{ source: account, target: ACCOUNT, mode: 'ro' }])
      .withEnvironment({ ...env, MEDEVAC_BIND_ADDRESS: ip })
      .withCommand([...args])
      .withLogConsumer((stream) => stream.pipe(log, { end: false }));
    const id = (await container.start()).getId();
    const started = (await getContainerRuntimeClient()).container.getById(id);
    const ended = started.wait();
    // One that has ended can't be killed.
    return { ended, kill: (signal) => void started.kill({ signal }).catch(() => undefined) };
  };
}
