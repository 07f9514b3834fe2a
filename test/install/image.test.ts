import { chmod, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getContainerRuntimeClient } from 'testcontainers';
import { findFreePort } from '../control-plane/ports.ts';
import { anInstance } from '../builders/instance.ts';
import { describeWhereThereIs } from '../support/describe-where-there-is.ts';
import { waitFor } from '../support/wait.ts';
import { buildBaseImages } from './base-images.ts';
import { startCluster, type Cluster } from './cluster.ts';
import {
  buildTargets,
  inContainer,
  inspectImage,
  printedBy,
  RestrictedContainer,
  useEngine,
} from './containers.ts';
import { missingForDocker, startDocker, type DockerEngine } from './docker-engine.ts';
import { CHART, missingForHelm } from './helm.ts';

const LONG = 600_000;
const MEBIBYTE = 1_048_576;
/** The targets of the Dockerfile, and how large each may be. A third of what virsh is linked to are ICU's data. */
const TARGETS = [
  { target: 'operator', mebibytes: 200 },
  { target: 'operator-libvirt', mebibytes: 205 },
];

const missing = missingForDocker() ?? missingForHelm();

describeWhereThereIs(
  'Docker and Helm',
  missing,
  'the images, built on stand-ins for their base images,',
  () => {
    let engine: DockerEngine;
    let cluster: Cluster;
    /** What was started, also where something else could not be. */
    const cleanups: (() => Promise<void>)[] = [];

    beforeAll(async () => {
      engine = await startDocker();
      cleanups.push(() => engine.stop());
      useEngine(engine);
      // What is mounted from there is read by the user of the image.
      await chmod(engine.folder, 0o711);
      const bases = await buildBaseImages(engine.folder);
      const names = TARGETS.map(({ target }) => target);
      await buildTargets({ ...bases, BUILDPLATFORM: 'linux/amd64' }, names);
      const accounts = await mkdtemp(join(engine.folder, 'accounts-'));
      await chmod(accounts, 0o711);
      cluster = await startCluster({
        images: ({ ca }) => ({
          'medevac:operator': inContainer('medevac:operator', {
            folder: accounts,
            ca,
            server: () => cluster.kubectl(['get', 'svc', 'kubernetes', '-o', 'jsonpath={.spec.clusterIP}']),
          }),
        }),
      });
      cleanups.push(() => cluster.close());
    }, LONG);
    afterAll(async () => {
      for (const cleanup of cleanups.reverse()) await cleanup();
    }, LONG);

    describe.each(TARGETS)('$target', ({ target, mebibytes }) => {
      it('is small, runs nothing but the operator, and nobody is root in it', async () => {
        const { Size, Config } = await inspectImage(`medevac:${target}`);
        expect(Size / MEBIBYTE).toBeLessThan(mebibytes);
        expect(Config.User).toBe('65532:65532');
        expect(Config.Entrypoint).toEqual([
          '/nodejs/bin/node',
          '--max-semi-space-size=8',
          '--heap-growing-percent=30',
          '--no-wasm-tier-up',
          '--no-wasm-dynamic-tiering',
          '/app/dist/main.js',
        ]);
        expect(Config.Env).toContain('NODE_ENV=production');
      });

      it(
        'answers within a second of its start',
        async () => {
          const config = join(engine.folder, `${target}.kubeconfig`);
          await writeFile(config, NOBODY);
          // The quickest of five: others use the machine as well.
          const times: number[] = [];
          for (let time = 0; time < 5; time += 1) times.push(await startTime(target, config));
          expect(Math.min(...times)).toBeLessThan(1_000);
        },
        LONG,
      );
    });

    it(
      'operator-libvirt has a virsh that works, and an ssh that knows who it is',
      async () => {
        const domains = await printedBy('medevac:operator-libvirt', [
          ...(['/usr/bin/virsh', '--connect', 'test:///default'] as const),
          ...['list', '--all'],
        ]);
        expect(domains).toMatch(/1 +test +running/);
        const settings = await printedBy('medevac:operator-libvirt', ['/usr/bin/ssh', '-G', 'node-a']);
        expect(settings).toMatch(/^user nonroot$/m);
        // As docs/libvirt.md has it typed.
        const help = await printedBy('medevac:operator-libvirt', ['node', 'dist/main.js', '--help']);
        expect(help).toContain('check-hosts');
      },
      LONG,
    );

    it(
      'operator has neither',
      async () => {
        await expect(printedBy('medevac:operator', ['/usr/bin/virsh', '--version'])).rejects.toThrow(
          'no such file',
        );
      },
      LONG,
    );

    it(
      'is installed by the chart: it leads, answers admission, and writes what it sees, as its ServiceAccount',
      async () => {
        const { code, stderr } = await cluster.helm(
          ...['install', 'medevac', CHART, '-n', 'medevac-system', '--create-namespace'],
          ...['--wait', '--timeout', '120s', '--set', 'driver=memory,image.tag=operator'],
        );
        expect(stderr).toBe('');
        expect(code).toBe(0);
        const manifest = anInstance({ name: 'web-1', namespace: 'default', spec: { powerState: 'Stopped' } });
        await cluster.kubectl(['apply', '-f', '-'], manifest);
        await cluster.kubectl(['wait', 'instance/web-1', '--for=condition=Ready', '--timeout=20s']);
        expect(await usersOfContainers()).toEqual(['65532', '65532']);
      },
      LONG,
    );

    /** Who the first process of each container is, as the kernel says. */
    async function usersOfContainers(): Promise<string[]> {
      const { container } = await getContainerRuntimeClient();
      const running = (await container.list()).filter(({ State }) => State === 'running');
      const inspected = await Promise.all(running.map(({ Id }) => container.getById(Id).inspect()));
      const statuses = await Promise.all(
        inspected.map(({ State }) => readFile(`/proc/${State.Pid}/status`, 'utf8')),
      );
      return statuses.map((status) => /^Uid:\t(\d+)/m.exec(status)?.[1] ?? '');
    }
  },
);

/** From the start of the process to its first answer. Milliseconds. */
async function startTime(target: string, config: string): Promise<number> {
  const port = await findFreePort();
  const container = await new RestrictedContainer(`medevac:${target}`)
    .withBindMounts([{ source: config, target: '/kubeconfig', mode: 'ro' }])
    .withCommand([`--health-port=${port}`, '--bind-address=127.0.0.1', '--kubeconfig=/kubeconfig'])
    .start();
  await waitFor('it is up', async () => (await fetch(`http://127.0.0.1:${port}/healthz`)).ok, {
    intervalMs: 10,
  });
  const answered = Date.now();
  const client = await getContainerRuntimeClient();
  const { State } = await client.container.getById(container.getId()).inspect();
  await container.stop();
  return answered - Date.parse(State.StartedAt);
}

/** A kubeconfig with a server that nobody is at. */
const NOBODY = JSON.stringify({
  'current-context': 'nobody',
  clusters: [{ name: 'nobody', cluster: { server: 'https://127.0.0.1:1' } }],
  users: [{ name: 'nobody', user: { token: 'none' } }],
  contexts: [{ name: 'nobody', context: { cluster: 'nobody', user: 'nobody' } }],
});
