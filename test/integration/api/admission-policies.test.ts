import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ADOPTION,
  DESTINATION_NODE,
  destinationNodePolicy,
  NAMED_CLAIM,
  NAMED_SECRET,
  NATIVE_TEMPLATE,
  RESCUE,
} from '../../../scripts/generate/admission-policies.ts';
import { POLICY_CASES } from '../../../scripts/generate/messages/policy-cases.ts';
import {
  aDisk,
  anInstance,
  aRescue,
  aTemplatedInstance,
  type InstanceManifest,
} from '../../builders/instance.ts';
import { aLiveMigration } from '../../builders/live-migration.ts';
import { install } from '../../support/install.ts';
import {
  startInstalledControlPlane,
  type InstalledControlPlane,
} from '../../support/installed-control-plane.ts';
import { kubectl } from '../../support/kubectl.ts';
import { waitFor } from '../../support/wait.ts';

const TEMPLATED = { ...aTemplatedInstance(), metadata: { name: 'templated', namespace: 'default' } };
const WANT = 'spec.kubevirt may only be set by who may create virtualmachines.kubevirt.io in this namespace';

let installed: InstalledControlPlane;

beforeAll(async () => {
  installed = await startInstalledControlPlane({ users: { editor: [], owner: [] } });
  await as('admin', [
    'create',
    'rolebinding',
    'edit',
    '--clusterrole=medevac:edit',
    '--user=editor',
    '--user=owner',
  ]);
  await as('admin', [
    'create',
    'rolebinding',
    'migrate',
    '--clusterrole=medevac:migrate',
    '--user=editor',
    '--user=owner',
  ]);
  await as('admin', ['apply', '-f', '-'], {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: 'vms', namespace: 'default' },
    rules: [{ apiGroups: ['kubevirt.io'], resources: ['virtualmachines'], verbs: ['create', 'update'] }],
  });
  await as('admin', [
    ...['create', 'role', 'claims', '--verb=update', '--resource=persistentvolumeclaims'],
    '--resource-name=web-1-root',
  ]);
  const holders = ['--user=editor', '--user=owner'];
  await as('admin', ['create', 'rolebinding', 'claims', '--role=claims', ...holders]);
  await as('admin', ['create', 'rolebinding', 'vms', '--role=vms', '--user=owner']);
  await waitFor('the API server holds the policy', async () => {
    const { code } = await as('editor', ['create', '--dry-run=server', '-f', '-'], TEMPLATED);
    return code !== 0;
  });
}, 60_000);
afterAll(() => installed.stop());

function as(user: string, args: readonly string[], input?: unknown) {
  return kubectl(installed.controlPlane, args, { user, input });
}

describe('a native template', () => {
  it('is refused from one who may not create VirtualMachines there', async () => {
    const { code, stderr } = await as('editor', ['create', '-f', '-'], TEMPLATED);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(WANT) as unknown });
    expect(stderr).toContain('Error from server (Forbidden)');
  });

  it('is accepted from one who may', async () => {
    expect(await as('owner', ['create', '-f', '-'], TEMPLATED)).toMatchObject({ code: 0 });
  });

  it('may then be stopped by anybody who may edit, but not be changed', async () => {
    const patch = (spec: object) =>
      as('editor', ['patch', 'inst', 'templated', '--type=merge', '-p', JSON.stringify({ spec })]);
    expect(await patch({ powerState: 'Stopped' })).toMatchObject({ code: 0 });
    expect(await patch({ kubevirt: { template: { spec: { hostname: 'other' } } } })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(WANT) as unknown,
    });
  });

  it('is all that the policy looks at', async () => {
    expect(await as('editor', ['create', '-f', '-'], anInstance())).toMatchObject({ code: 0 });
  });
});

/** A manifest of an Instance with the annotation. */
function adopting(name: string, value: string) {
  const manifest = anInstance({ name });
  return {
    ...manifest,
    metadata: { ...manifest.metadata, annotations: { 'compute.medevac.dev/adopt': value } },
  };
}

describe('the annotation that has a VM taken over', () => {
  const POLICY = (action: string) =>
    `${action}instances.compute.medevac.dev "NAME" is forbidden: ValidatingAdmissionPolicy 'medevac-adoption' with binding 'medevac-adoption' denied request: ` +
    'annotation compute.medevac.dev/adopt may only be set to "true" by who may update virtualmachines.kubevirt.io in this namespace\n';
  const refusal = (
    name: string,
    action = 'Error from server (Forbidden): error when creating "STDIN": ',
  ) => ({
    code: 1,
    stdout: '',
    stderr: POLICY(action).replace('NAME', name),
  });
  const annotate = (user: string, name: string, value: string) =>
    as(user, ['annotate', '--overwrite', 'inst', name, `compute.medevac.dev/adopt${value}`]);

  it('is refused from one who may not update VirtualMachines there', async () => {
    expect(await as('editor', ['create', '-f', '-'], adopting('taken', 'true'))).toEqual(refusal('taken'));
  });

  it('is refused from them on an Instance that is there, however it is set', async () => {
    expect(await as('editor', ['create', '-f', '-'], anInstance({ name: 'plain' }))).toMatchObject({
      code: 0,
    });
    const want = refusal('plain', 'Error from server (Forbidden): ');
    expect(await annotate('editor', 'plain', '=true')).toEqual(want);
    expect(
      (await as('editor', ['apply', '--server-side', '-f', '-'], adopting('plain', 'true'))).stderr,
    ).toContain("ValidatingAdmissionPolicy 'medevac-adoption'");
  });

  it('may be set by one who may, and then left, or taken away, by anybody who may edit', async () => {
    expect(await as('owner', ['create', '-f', '-'], adopting('owned', 'true'))).toMatchObject({ code: 0 });
    const label = ['label', 'inst', 'owned', 'colour=blue'];
    expect(await as('editor', label)).toMatchObject({ code: 0 });
    expect(await annotate('editor', 'owned', '-')).toMatchObject({ code: 0 });
    expect(await annotate('editor', 'owned', '=true')).toMatchObject({ code: 1 });
    expect(await annotate('owner', 'owned', '=true')).toMatchObject({ code: 0 });
  });

  it('may have any other value: that asks for nothing', async () => {
    expect(await as('editor', ['create', '-f', '-'], adopting('declined', 'false'))).toMatchObject({
      code: 0,
    });
    expect(await annotate('editor', 'declined', '=true')).toMatchObject({ code: 1 });
  });
});

describe('a rescue', () => {
  const RESCUED = { rescue: aRescue() };
  const want = expect.stringContaining(
    'spec.rescue may only be set, or changed, by who has the verb create on instances/rescue in this namespace (ClusterRole medevac:rescue)\n',
  ) as unknown;
  const patch = (user: string, spec: object) =>
    as(user, ['patch', 'inst', 'patient', '--type=merge', '-p', JSON.stringify({ spec })]);

  beforeAll(async () => {
    const role = ['--clusterrole=medevac:rescue', '--user=owner'];
    await as('admin', ['create', 'rolebinding', 'rescue', ...role]);
    await as('editor', ['create', '-f', '-'], anInstance({ name: 'patient' }));
    await waitFor('the right is given', async () => {
      return (
        (await as('owner', ['auth', 'can-i', 'create', 'instances.compute.medevac.dev/rescue'])).code === 0
      );
    });
  });

  it('is refused from one who may only edit, of a new Instance and of one that is there', async () => {
    const created = await as('editor', ['create', '-f', '-'], anInstance({ name: 'other', spec: RESCUED }));
    expect(created).toMatchObject({ code: 1, stderr: want });
    expect(await patch('editor', RESCUED)).toMatchObject({ code: 1, stderr: want });
  });

  it('is accepted from one who may; others may edit the rest, and end it, but not change it', async () => {
    expect(await patch('owner', RESCUED)).toMatchObject({ code: 0 });
    expect(await patch('editor', { powerState: 'Stopped' })).toMatchObject({ code: 0 });
    expect(await patch('editor', { rescue: { expiresAfter: '4h' } })).toMatchObject({
      code: 1,
      stderr: want,
    });
    expect(await patch('editor', { rescue: null })).toMatchObject({ code: 0 });
  });
});

const claimed = (claimName: string, name = 'root') =>
  aDisk({ name, source: { persistentVolumeClaim: { claimName } } });
const seeded = (secretName: string) =>
  ({ name: 'seed', device: 'CDROM', source: { cloudInit: { secretName } } }) as const;

describe('claims and Secrets that an Instance names', () => {
  const create = (name: string, disks: InstanceManifest['spec']['disks']) =>
    as('editor', ['create', '-f', '-'], anInstance({ name, spec: { disks } }));
  const patch = (name: string, spec: object) =>
    as('editor', ['patch', 'inst', name, '--type=merge', '-p', JSON.stringify({ spec })]);
  const refusedBy = (policy: string) => ({ code: 1, stderr: expect.stringContaining(policy) as unknown });

  it('are refused, but for those that their author has a right to by name', async () => {
    expect(await create('claims', [claimed('web-1-root')])).toMatchObject({ code: 0 });
    const other = await create('other', [claimed('web-1-root'), claimed('other', 'data')]);
    expect(other).toMatchObject(refusedBy(NAMED_CLAIM.message));
    expect(await patch('claims', { disks: [claimed('other')] })).toMatchObject(
      refusedBy(NAMED_CLAIM.message),
    );
    expect(await create('secrets', [claimed('web-1-root'), seeded('token')])).toMatchObject(
      refusedBy(NAMED_SECRET.message),
    );
  });

  it('that somebody else has named are no matter for who changes the rest, or takes them away', async () => {
    const disks = [claimed('web-1-root'), claimed('other', 'data'), seeded('token')];
    await as('admin', ['create', '-f', '-'], anInstance({ name: 'given', spec: { disks } }));
    expect(await patch('given', { powerState: 'Stopped' })).toMatchObject({ code: 0 });
    expect(await patch('given', { disks: [claimed('other', 'data')] })).toMatchObject({ code: 0 });
    expect(await patch('given', { disks })).toMatchObject({ code: 1 });
  });

  it('may be as many as there can be, from one who has the right to all', async () => {
    const disks = Array.from({ length: 32 }, (_, index) => claimed(`claim-${index}`, `disk-${index}`));
    const printed = await as('admin', ['create', '-f', '-'], anInstance({ name: 'many', spec: { disks } }));
    expect(printed).toMatchObject({ code: 0 });
  });
});

const to = (name: string, destination: object) => aLiveMigration({ name, spec: { destination } });

async function chooseDestinationNodePolicy(): Promise<void> {
  await install(installed.transport(), destinationNodePolicy());
  await waitFor('the API server holds the policy', async () => {
    const args = ['create', '--dry-run=server', '-f', '-'];
    return (await as('editor', args, to('probe', { nodeName: 'node-a' }))).code !== 0;
  });
}

describe('the node that a LiveMigration names, where the installation has chosen so', () => {
  const create = (user: string, manifest: object) => as(user, ['create', '-f', '-'], manifest);

  beforeAll(async () => {
    await create('editor', to('before', { nodeName: 'node-a' }));
    await chooseDestinationNodePolicy();
    // kubectl knows no such verb for nodes.
    await as('admin', ['create', '-f', '-'], {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'node-a' },
      rules: [{ apiGroups: [''], resources: ['nodes'], resourceNames: ['node-a'], verbs: ['use'] }],
    });
    await as('admin', ['create', 'clusterrolebinding', 'node-a', '--clusterrole=node-a', '--user=owner']);
    await waitFor('the right is given', async () => {
      return (await as('owner', ['auth', 'can-i', 'use', 'nodes/node-a'])).code === 0;
    });
  });

  it('is refused from one who may not use it', async () => {
    expect((await create('editor', to('m1', { nodeName: 'node-a' }))).stderr).toBe(
      'Error from server (Forbidden): error when creating "STDIN": livemigrations.compute.medevac.dev "m1" is forbidden: ' +
        "ValidatingAdmissionPolicy 'medevac-destination-node' with binding 'medevac-destination-node' denied request: " +
        'spec.destination may only name a node for who has the verb use on that node (nodes, core API group); leave it out, or ask for labels\n',
    );
    const byLabel = { nodeSelector: { 'kubernetes.io/hostname': 'node-a' } };
    expect(await create('editor', to('m2', byLabel))).toMatchObject({ code: 1 });
    expect(await create('owner', to('m2', { nodeName: 'node-b' }))).toMatchObject({ code: 1 });
  });

  it('is accepted from one who may, and labels are from anybody', async () => {
    expect(await create('owner', to('m3', { nodeName: 'node-a' }))).toMatchObject({ code: 0 });
    expect(await create('editor', to('m4', { nodeSelector: { zone: 'a' } }))).toMatchObject({ code: 0 });
    expect(await create('editor', to('m5', {}))).toMatchObject({ code: 0 });
  });

  it('is no matter for one who aborts', async () => {
    const args = ['patch', 'lm', 'before', '--type=merge', '-p', '{"spec":{"abort":true}}'];
    expect(await as('editor', args)).toMatchObject({ code: 0 });
  });
});

describe('docs/messages.md has what the API server prints', () => {
  const NAMES = { INSTANCE: 'an-instance', MIGRATION: 'a-migration' };
  /** What each policy refuses from one who may edit, by its name. */
  const REFUSED = new Map<string, object>([
    [NATIVE_TEMPLATE.name, { ...TEMPLATED, metadata: { name: NAMES.INSTANCE, namespace: 'default' } }],
    [ADOPTION.name, adopting(NAMES.INSTANCE, 'true')],
    [RESCUE.name, anInstance({ name: NAMES.INSTANCE, spec: { rescue: aRescue() } })],
    [NAMED_CLAIM.name, anInstance({ name: NAMES.INSTANCE, spec: { disks: [claimed('not-theirs')] } })],
    [
      NAMED_SECRET.name,
      anInstance({ name: NAMES.INSTANCE, spec: { disks: [aDisk(), seeded('not-theirs')] } }),
    ],
    [DESTINATION_NODE.name, to(NAMES.MIGRATION, { nodeName: 'node-a' })],
  ]);

  beforeAll(chooseDestinationNodePolicy);

  it.each(POLICY_CASES)('$when', async ({ answer }) => {
    const message = 'message' in answer ? answer.message : '';
    const [, policy = ''] = /ValidatingAdmissionPolicy '(.+?)'/.exec(message) ?? [];
    const { stderr } = await as('editor', ['create', '-f', '-'], REFUSED.get(policy));
    const want = message.replace('INSTANCE', NAMES.INSTANCE).replace('MIGRATION', NAMES.MIGRATION);
    expect(stderr).toBe(`Error from server (Forbidden): error when creating "STDIN": ${want}\n`);
  });
});
