import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ADOPTION,
  DESTINATION_NODE,
  destinationNodePolicy,
  NAMED_CLAIM,
  NAMED_SECRET,
  NATIVE_TEMPLATE,
  refusalBy,
  RESCUE,
} from '../../../scripts/generate/admission-policies.ts';
import { customResourceDefinitions } from '../../../scripts/generate/crds.ts';
import { ADOPT_ANNOTATION } from '../../../src/api/names.ts';
import { withFields } from '../../builders/fields.ts';
import { anInstance, aTemplatedInstance } from '../../builders/instance.ts';
import { aLiveMigration } from '../../builders/live-migration.ts';
import { install } from '../../support/install.ts';
import {
  startInstalledControlPlane,
  type InstalledControlPlane,
} from '../../support/installed-control-plane.ts';
import { kubectl } from '../../support/kubectl.ts';
import { waitFor } from '../../support/wait.ts';

const ROOT = join(import.meta.dirname, '../../..');
const OWN_DISK = { name: 'root', source: { containerDisk: { image: 'registry.example/root:1' } } };
const plain = anInstance({ name: 'deputy', spec: { disks: [OWN_DISK] } });
const migration = aLiveMigration({ name: 'deputy' });

type Policy = Parameters<typeof refusalBy>[0];

/** A field that names another object: the manifest of who has no right to that, and what the API server holds against it. */
interface Refused {
  readonly manifest: object;
  readonly by: Policy;
}

/** A field through which nobody gets what is not theirs without being refused: why, and which test shows it. */
interface Harmless {
  readonly because: string;
  readonly shownBy?: string;
}

const disk = (source: object) => ({ 'spec.disks[0]': { name: 'root', device: 'Disk', source } });
const instanceWith = (fields: Readonly<Record<string, unknown>>) => withFields(plain, fields);
const rescueWith = (rescue: object) => instanceWith({ 'spec.rescue': rescue });

const POOL: Harmless = {
  because: 'a pool that the configuration does not open to the namespace is refused with 403 PoolNotOpen',
  shownBy: 'test/unit/drivers/libvirt/render.test.ts',
};
const IMAGE: Harmless = {
  because: 'no credentials are named with it: it is pulled as from any Pod without a pull secret',
};

/** Every field of a spec that can name another object. */
const NAMING: Readonly<Record<string, Refused | Harmless>> = {
  'Instance disks[].source.persistentVolumeClaim.claimName': {
    manifest: instanceWith(disk({ persistentVolumeClaim: { claimName: 'theirs' } })),
    by: NAMED_CLAIM,
  },
  'Instance disks[].source.dataVolume.name': {
    manifest: instanceWith(disk({ dataVolume: { name: 'theirs' } })),
    by: NAMED_CLAIM,
  },
  'Instance disks[].source.cloudInit.secretName': {
    manifest: instanceWith({
      'spec.disks[1]': { name: 'seed', device: 'CDROM', source: { cloudInit: { secretName: 'theirs' } } },
    }),
    by: NAMED_SECRET,
  },
  'Instance disks[].source.containerDisk.image': IMAGE,
  'Instance disks[].source.volume.pool': POOL,
  'Instance disks[].source.volume.name': POOL,
  'Instance rescue.source.persistentVolumeClaim.claimName': {
    manifest: rescueWith({ source: { persistentVolumeClaim: { claimName: 'theirs' } } }),
    by: NAMED_CLAIM,
  },
  'Instance rescue.source.containerDisk.image': {
    manifest: rescueWith({ source: { containerDisk: { image: 'registry.example/rescue:1' } } }),
    by: RESCUE,
  },
  'Instance rescue.source.volume.pool': POOL,
  'Instance rescue.source.volume.name': POOL,
  'Instance rescue.credentials.secretName': {
    manifest: rescueWith({
      source: { containerDisk: { image: 'registry.example/rescue:1' } },
      credentials: { secretName: 'theirs' },
    }),
    by: NAMED_SECRET,
  },
  'Instance placement.nodeSelector{}': {
    because:
      'kube-scheduler places the VM by it as it places any Pod, with taints and room; no node is read or changed',
  },
  'Instance kubevirt.template': {
    manifest: { ...aTemplatedInstance(), metadata: plain.metadata },
    by: NATIVE_TEMPLATE,
  },
  [`Instance annotation ${ADOPT_ANNOTATION}`]: {
    manifest: withFields(plain, { 'metadata.annotations': { [ADOPT_ANNOTATION]: 'true' } }),
    by: ADOPTION,
  },
  'Instance name, as that of a VM which is there': {
    because: "somebody else's VM of that name is left alone: NotOwned",
    shownBy: 'test/e2e/ownership.test.ts',
  },
  'LiveMigration instanceName': {
    because: 'an Instance of the same namespace, where who may create LiveMigrations may move all of them',
    shownBy: 'test/unit/api/rbac.test.ts',
  },
  'LiveMigration destination.nodeName': {
    manifest: withFields(migration, { 'spec.destination': { nodeName: 'theirs' } }),
    by: DESTINATION_NODE,
  },
  'LiveMigration destination.nodeSelector{}': {
    manifest: withFields(migration, {
      'spec.destination': { nodeSelector: { 'kubernetes.io/hostname': 'theirs' } },
    }),
    by: DESTINATION_NODE,
  },
};

/** Texts that are of the VM itself. */
const OF_THE_VM = [
  'Instance disks[].name',
  'Instance identity.firmwareUUID',
  'Instance identity.macAddresses{}',
  'Instance identity.serial',
  'Instance memory',
  'Instance networks[].name',
  'Instance rescue.expiresAfter',
  'LiveMigration policy.bandwidth',
  'LiveMigration policy.completionTimeout',
];

interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-int-or-string'?: boolean;
}

/** Paths of all that may be any text, in a schema of a CRD. */
function texts(schema: Schema, path: string): string[] {
  const { type, items, properties = {}, additionalProperties: values } = schema;
  if (schema['x-kubernetes-preserve-unknown-fields'] === true) return [path];
  if (items !== undefined) return texts(items, `${path}[]`);
  if (typeof values === 'object') return [`${path}{}`];
  const isText = type === 'string' || schema['x-kubernetes-int-or-string'] === true;
  if (isText && schema.enum === undefined) return [path];
  return Object.entries(properties).flatMap(([name, inner]) =>
    texts(inner, path.endsWith(' ') ? `${path}${name}` : `${path}.${name}`),
  );
}

const FIELDS = customResourceDefinitions().flatMap(({ spec: { names, versions } }) => {
  const schema = versions.at(-1)?.schema.openAPIV3Schema as Schema | undefined;
  return texts(schema?.properties?.['spec'] ?? {}, `${names.kind} `);
});

describe('the fields that can name another object', () => {
  it('are all in the table, and so is whatever is added to them', () => {
    const known = [...Object.keys(NAMING), ...OF_THE_VM];
    expect(FIELDS.filter((field) => !known.includes(field))).toEqual([]);
    const beside = known.filter((field) => !/ annotation | name, /.test(field));
    expect(beside.filter((field) => !FIELDS.includes(field))).toEqual([]);
  });

  it('have tests that are there, where they are shown elsewhere', () => {
    const files = Object.values(NAMING).flatMap((row) => ('shownBy' in row ? [row.shownBy] : []));
    expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });
});

describe('who may edit Instances and migrate, and nothing else,', () => {
  let installed: InstalledControlPlane;
  const as = (user: string, args: readonly string[], input?: unknown) =>
    kubectl(installed.controlPlane, args, { user, input });

  beforeAll(async () => {
    installed = await startInstalledControlPlane({ users: { editor: [], rescuer: [] } });
    await install(installed.transport(), destinationNodePolicy());
    for (const role of ['edit', 'migrate']) {
      const users = ['--user=editor', '--user=rescuer'];
      await as('admin', ['create', 'rolebinding', role, `--clusterrole=medevac:${role}`, ...users]);
    }
    const rescue = ['--clusterrole=medevac:rescue', '--user=rescuer'];
    await as('admin', ['create', 'rolebinding', 'rescue', ...rescue]);
    await waitFor('the API server holds the policies', async () => {
      const args = ['create', '--dry-run=server', '-f', '-'];
      const probes = Object.values(NAMING).flatMap((row) => ('manifest' in row ? [row.manifest] : []));
      const codes = await Promise.all(probes.map(async (probe) => (await as('editor', args, probe)).code));
      return codes.every((code) => code !== 0);
    });
  }, 60_000);
  afterAll(() => installed.stop());

  it.each(Object.entries(NAMING).flatMap(([field, row]) => ('manifest' in row ? [{ field, ...row }] : [])))(
    'gets nothing through $field: refused by $by.name',
    async ({ manifest, by }) => {
      // Who may rescue is not the one that is refused a rescue.
      const user = by === RESCUE ? 'editor' : 'rescuer';
      expect(await as(user, ['create', '-f', '-'], manifest)).toEqual({
        code: 1,
        stdout: '',
        stderr: `Error from server (Forbidden): error when creating "STDIN": ${refusalBy(by, 'deputy')}\n`,
      });
    },
  );

  it('makes a VM of what is nobody’s', async () => {
    expect(await as('editor', ['create', '--dry-run=server', '-f', '-'], plain)).toMatchObject({ code: 0 });
  });
});
