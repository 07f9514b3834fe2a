import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Instance } from '../../../src/api/instance.ts';
import { GROUP } from '../../../src/api/names.ts';
import { anInstance, aRescue, type InstanceManifest } from '../../builders/instance.ts';
import { aLiveMigration } from '../../builders/live-migration.ts';
import { aNode } from '../../builders/nodes.ts';
import { aStatus, aStoredInstance, aStoredMigration } from '../../builders/observation.ts';
import { anObservedVm, aRescueSpec } from '../../builders/vm.ts';
import { aWorld } from '../../builders/world.ts';
import {
  startInstalledControlPlane,
  type InstalledControlPlane,
} from '../../support/installed-control-plane.ts';
import { kubectl, type Printed } from '../../support/kubectl.ts';
import { waitFor } from '../../support/wait.ts';
import { registerWebhooks, startWebhooks, type RunningWebhooks } from '../../support/webhooks.ts';

/** One Instance for each way to apply: they keep their own notes on it. */
const migrating = ['by-apply', 'by-server-side-apply', 'by-replace'];

/** Every Instance that the operator has seen is rescued on node-a, which can't send. */
const world = aWorld({
  instances: ['rescued', ...migrating].map(aRescuedInstance),
  migrations: migrating.map((instanceName) =>
    aStoredMigration({
      spec: { instanceName },
      metadata: { name: `${instanceName}-away`, uid: `uid-${instanceName}-away` },
      status: { observedGeneration: 1, phase: 'Running', startTime: new Date().toISOString() },
    }),
  ),
  nodes: [aNode('node-a', { capable: 'Destination' }), aNode('node-b')],
  driver: { vm: anObservedVm({ spec: aRescueSpec() }) },
});

function aRescuedInstance(name: string): Instance {
  const status = aStatus({ state: 'Rescued' });
  return aStoredInstance({ spec: aRescueSpec(), status, metadata: { name } });
}

function aManifest(name: string, spec: InstanceManifest['spec'] | object = {}): InstanceManifest {
  return anInstance({ name, spec });
}

let installed: InstalledControlPlane;
let running: RunningWebhooks;

beforeAll(async () => {
  installed = await startInstalledControlPlane();
  running = await startWebhooks(installed, { world });
  await registerWebhooks(installed, running.port);
  await waitFor('the API server asks the webhooks', async () => {
    const volume = { name: 'root', source: { volume: { pool: 'p', name: 'v' } } };
    const args = ['create', '--dry-run=server', '-f', '-'];
    const { stderr } = await run(args, aManifest('probe', { disks: [volume] }));
    return stderr.includes('cannot honour');
  });
}, 60_000);
afterAll(async () => {
  await running.stop();
  await installed.stop();
});

function run(args: readonly string[], input?: unknown): Promise<Printed> {
  return kubectl(installed.controlPlane, args, { input });
}

/** Requests that would have changed an object, as the API server counted them. */
async function writesOf(resource: string, name: string): Promise<{ verb: string; code: number }[]> {
  const events = await installed.controlPlane.auditLog();
  return events
    .filter(({ verb }) => ['create', 'update', 'patch'].includes(verb))
    .filter(({ objectRef }) => objectRef?.resource === resource && objectRef.name === name)
    .map(({ verb, responseStatus }) => ({ verb, code: responseStatus?.code ?? 0 }));
}

describe('a LiveMigration of a rescued Instance through v1alpha1', () => {
  const text =
    'Cannot live-migrate Instance default/rescued while it is Rescued: compute.medevac.dev/v1alpha1 does not know it. ' +
    'Create the LiveMigration through compute.medevac.dev/v1beta1.';

  it.each([
    { how: 'create', args: ['create', '-f', '-'], verb: 'create' },
    { how: 'apply', args: ['apply', '-f', '-'], verb: 'create' },
    { how: 'server-side', args: ['apply', '--server-side', '-f', '-'], verb: 'patch' },
  ])('is answered 409 to one request, in our words alone: $how', async ({ how, args, verb }) => {
    const name = `old-${how}`;
    const { code, stderr } = await run(
      args,
      aLiveMigration({ version: 'v1alpha1', name, spec: { instanceName: 'rescued' } }),
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(
      new RegExp(`^Error from server \\(Forbidden\\): .*denied the request: ${text}\n$`),
    );
    expect(await writesOf('livemigrations', name)).toEqual([{ verb, code: 409 }]);
  });
});

describe('a LiveMigration from a node that cannot send rescued VMs', () => {
  it('is answered 400 with node, label and remedy', async () => {
    const manifest = aLiveMigration({ name: 'away', spec: { instanceName: 'rescued' } });
    const { code, stderr } = await run(['create', '-f', '-'], manifest);
    expect(code).toBe(1);
    expect(stderr).toBe(
      'Error from server (BadRequest): error when creating "STDIN": ' +
        `admission webhook "livemigrations.${GROUP}" denied the request: ` +
        'Cannot live-migrate Instance default/rescued: live migration of rescued instances is not supported by ' +
        'source node "node-a": missing label medevac.dev.node-restriction.kubernetes.io/rescued-migration-source=true ' +
        'on the source. Upgrade the hypervisor of the node, or unrescue the Instance first.\n',
    );
    expect(await writesOf('livemigrations', 'away')).toEqual([{ verb: 'create', code: 400 }]);
  });
});

describe('a second LiveMigration', () => {
  it('is answered 409 and told of the first', async () => {
    const manifest = aLiveMigration({ name: 'second', spec: { instanceName: 'by-apply' } });
    const { stderr } = await run(['apply', '-f', '-'], manifest);
    expect(stderr).toContain('is being migrated already by LiveMigration by-apply-away (phase Running)');
    expect(await writesOf('livemigrations', 'second')).toEqual([{ verb: 'create', code: 409 }]);
  });
});

describe('a LiveMigration that comes before its Instance', () => {
  it('is let in with a warning', async () => {
    const manifest = aLiveMigration({ name: 'early', spec: { instanceName: 'late' } });
    const { code, stderr, stdout } = await run(['apply', '-f', '-'], manifest);
    expect({ code, stderr, stdout }).toEqual({
      code: 0,
      stderr: 'Warning: Instance default/late is not there yet; the LiveMigration waits for it.\n',
      stdout: `livemigration.${GROUP}/early created\n`,
    });
  });

  it('is not forced by a driver that cannot, once the Instance is there', async () => {
    const manifest = aLiveMigration({ name: 'forced', spec: { instanceName: 'not-there' } });
    await run(['create', '-f', '-'], manifest);
    world.instances.upsert(aRescuedInstance('not-there'));
    const force = ['patch', 'lm/forced', '--type=merge', '-p', '{"spec": {"forceComplete": true}}'];
    const { stderr } = await run(force);
    expect(stderr).toContain(
      'Driver kubevirt of Instance default/not-there cannot honour spec.forceComplete. ' +
        'Let LiveMigration forced go on, or abort it.',
    );
    const abort = ['patch', 'lm/forced', '--type=merge', '-p', '{"spec": {"abort": true}}'];
    expect(await run(abort)).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('an Instance that is rescued and migrates', () => {
  it.each([
    { name: 'by-apply', args: ['apply', '-f', '-'], verb: 'patch' },
    { name: 'by-server-side-apply', args: ['apply', '--server-side', '-f', '-'], verb: 'patch' },
    { name: 'by-replace', args: ['replace', '-f', '-'], verb: 'update' },
  ])('is not unrescued $name: 409 to one request, in our words alone', async ({ name, args, verb }) => {
    const create = verb === 'update' ? ['create', '-f', '-'] : args;
    expect(await run(create, aManifest(name, { rescue: aRescue() }))).toMatchObject({ code: 0 });
    const before = await writesOf('instances', name);
    const { code, stderr } = await run(args, aManifest(name));
    const after = await writesOf('instances', name);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      new RegExp(
        `^Error from server \\(Forbidden\\): [^]*denied the request: Cannot unrescue Instance default/${name} ` +
          `while LiveMigration ${name}-away is unfinished \\(phase Running for \\d+ s\\)\\. ` +
          'Wait until it is over, or abort it\\.\\n$',
      ),
    );
    expect(after.slice(before.length)).toEqual([{ verb, code: 409 }]);
  });

  it('is judged on a dry run as well', async () => {
    const args = ['patch', 'inst/by-apply', '--dry-run=server', '--type=merge', '-p'];
    const { stderr } = await run([...args, '{"spec": {"powerState": "Stopped", "rescue": null}}']);
    expect(stderr).toContain('Cannot unrescue Instance default/by-apply');
  });

  it('may get other hardware', async () => {
    const args = ['patch', 'inst/by-apply', '--type=merge', '-p', '{"spec": {"memory": "2Gi"}}'];
    expect(await run(args)).toMatchObject({ code: 0 });
  });

  it('may be deleted', async () => {
    expect(await run(['delete', 'inst/by-apply', '--dry-run=server'])).toMatchObject({ code: 0 });
  });
});

describe('a rescue that has a price', () => {
  it('is let in with one warning for each', async () => {
    const source = { persistentVolumeClaim: { claimName: 'web-1-root' } };
    const { code, stderr } = await run(
      ['apply', '-f', '-'],
      aManifest('priced', { rescue: aRescue({ source }) }),
    );
    expect(code).toBe(0);
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^Warning: Instance default\/priced can be live-migrated .* ReadWriteMany\. /),
      expect.stringMatching(
        /^Warning: Instance default\/priced is rescued from the image of its own root disk/,
      ),
    ]);
  });
});

describe('while the webhooks are down', () => {
  beforeAll(async () => {
    await run(['apply', '-f', '-'], aManifest('idle'));
    await running.stop();
  });

  it.each([
    ['labels', ['label', 'inst/idle', 'colour=blue']],
    ['annotations', ['annotate', 'inst/idle', 'note=yes']],
    [
      'a finalizer',
      ['patch', 'inst/idle', '--type=merge', '-p', '{"metadata": {"finalizers": ["a.example/b"]}}'],
    ],
    [
      'the removal of a finalizer',
      ['patch', 'inst/idle', '--type=merge', '-p', '{"metadata": {"finalizers": null}}'],
    ],
    [
      'a status',
      ['patch', 'inst/idle', '--subresource=status', '--type=merge', '-p', '{"status": {"node": "node-a"}}'],
    ],
    [
      'a spec that is set to what it is',
      ['patch', 'inst/idle', '--type=merge', '-p', '{"spec": {"memory": "1Gi"}}'],
    ],
  ])('%s can be written', async (_, args) => {
    expect(await run(args)).toMatchObject({ code: 0, stderr: '' });
  });

  it('a changed spec is refused, and says why', async () => {
    const args = ['patch', 'inst/idle', '--type=merge', '-p', '{"spec": {"memory": "2Gi"}}'];
    const { code, stderr } = await run(args);
    expect(code).toBe(1);
    expect(stderr).toContain(`failed calling webhook "instances.${GROUP}"`);
  });

  it('an Instance can be deleted', async () => {
    expect(await run(['delete', 'inst/idle', '--timeout=10s'])).toMatchObject({ code: 0 });
  });
});
