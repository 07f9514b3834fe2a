import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Condition } from '../../src/api/conditions.ts';
import type { InstanceStatus } from '../../src/api/instance.ts';
import { VERSIONS } from '../../src/api/names.ts';
import type { KubeObject } from '../../src/kube/resource.ts';
import { aDisk, anInstance, aRescue, type InstanceOptions } from '../builders/instance.ts';
import { aLiveMigration } from '../builders/live-migration.ts';
import { readVm } from '../support/evidence.ts';
import { kubectl } from '../support/kubectl.ts';
import { raiseStage, type Stage } from '../support/stage.ts';
import { waitFor } from '../support/wait.ts';

const TIMEOUT = 180_000;
let stage: Stage;

beforeAll(async () => {
  stage = await raiseStage('kubevirt');
}, TIMEOUT);
afterAll(() => stage.close(), TIMEOUT);

interface Shown extends KubeObject {
  readonly status?: Partial<InstanceStatus>;
}

async function typed(args: readonly string[], input?: unknown): Promise<string> {
  const { code, stdout, stderr } = await stage.kubectl([...args, '-n', stage.namespace], input);
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
  return stdout;
}

async function typedByAdmin(args: readonly string[], input?: unknown): Promise<string> {
  const { code, stdout, stderr } = await kubectl(stage.controlPlane, args, { input });
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
  return stdout;
}

const disk = (name: string) => aDisk({ name, source: { containerDisk: { image: 'registry.example/os:1' } } });

function apply(name: string, spec: InstanceOptions['spec'] = {}): Promise<string> {
  const disks = [disk('root')];
  const manifest = anInstance({ name, namespace: stage.namespace, spec: { disks, ...spec } });
  return typed(['apply', '-f', '-'], manifest);
}

async function get(resource: string): Promise<Shown> {
  return JSON.parse(await typed(['get', resource, '-o', 'json'])) as Shown;
}

function condition({ status }: Shown, type: string): Condition | undefined {
  return status?.conditions?.find((one) => one.type === type);
}

function until(resource: string, what: string, holds: (object: Shown) => boolean): Promise<Shown> {
  const look = async () => {
    const object = await get(resource);
    return holds(object) && object;
  };
  return waitFor(`${resource}: ${what}`, look, { timeoutMs: 45_000, intervalMs: 200 });
}

const untilReason = (resource: string, reason: string) =>
  until(resource, reason, (object) => condition(object, 'Ready')?.reason === reason);

/** What an older version of the CRD may have let in. */
async function dropPattern(crd: string, field: string): Promise<void> {
  const schema = 'schema/openAPIV3Schema/properties/spec/properties';
  const patch = VERSIONS.map((_, index) => ({
    op: 'remove',
    path: `/spec/versions/${index}/${schema}/${field}/pattern`,
  }));
  await typedByAdmin(['patch', 'crd', crd, '--type=json', '-p', JSON.stringify(patch)]);
}

/** As an older version of the CRD, which had no such rule; `restore` brings the newer one back. */
async function dropRule(field: string): Promise<{ restore(): Promise<string> }> {
  const crd = 'instances.compute.medevac.dev';
  const patched = (op: 'remove' | 'add', value?: unknown) => {
    const patch = VERSIONS.map((_, index) => ({
      op,
      path: `/spec/versions/${index}/schema/openAPIV3Schema/properties/spec/properties/${field}/x-kubernetes-validations`,
      ...(value !== undefined && { value }),
    }));
    return typedByAdmin(['patch', 'crd', crd, '--type=json', '-p', JSON.stringify(patch)]);
  };
  const at = `{.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.${field}.x-kubernetes-validations}`;
  const rules: unknown = JSON.parse(await typedByAdmin(['get', 'crd', crd, '-o', `jsonpath=${at}`]));
  await patched('remove');
  return { restore: () => patched('add', rules) };
}

/** Nobody asks the operator any more; returns what takes that back. */
async function removeWebhooks(): Promise<() => Promise<string>> {
  const shown = await typedByAdmin(['get', 'validatingwebhookconfigurations', 'medevac', '-o', 'json']);
  const { apiVersion, kind, webhooks } = JSON.parse(shown) as KubeObject & { webhooks: unknown };
  await typedByAdmin(['delete', 'validatingwebhookconfigurations', 'medevac']);
  const object = { apiVersion, kind, metadata: { name: 'medevac' }, webhooks };
  return () => typedByAdmin(['create', '-f', '-'], object);
}

/** Resolves when the API server, which takes up a changed CRD a moment later, has let it in. */
function letIn(what: string, write: () => Promise<unknown>): Promise<true> {
  const attempt = async () => {
    await write();
    return true as const;
  };
  return waitFor(`${what} is let in`, attempt, { timeoutMs: 20_000 });
}

const vm = (name: string) => readVm(stage.admin, { namespace: stage.namespace, name });

describe('what was stored before a newer version refused it', () => {
  it(
    'can be edited beside that field: a rescue is removed, and is over as soon as the field is mended',
    async () => {
      await apply('older', { rescue: aRescue() });
      await untilReason('inst/older', 'Rescued');
      const restoreWebhooks = await removeWebhooks();
      const crd = await dropRule('memory');
      await letIn('too little memory', () => apply('older', { rescue: aRescue(), memory: '512' }));
      await untilReason('inst/older', 'InvalidSpec');
      await restoreWebhooks();
      await crd.restore();
      await waitFor('the newer version refuses it', async () => {
        const manifest = anInstance({ name: 'fresh', namespace: stage.namespace, spec: { memory: '512' } });
        const { stderr } = await stage.kubectl(['create', '--dry-run=server', '-f', '-'], manifest);
        return stderr.includes('spec.memory: Invalid value');
      });

      const remove = JSON.stringify([{ op: 'remove', path: '/spec/rescue' }]);
      const args = ['patch', 'inst', 'older', '--type=json', '-p', remove, '-n', stage.namespace];
      const { code, stderr } = await stage.kubectl(args);

      expect({ code, stderr }).toEqual({
        code: 0,
        // The API server says it as well, of itself.
        stderr:
          'Warning: spec.memory: Invalid value: "512": memory must be from 1Mi to 64Ti; without a unit it is in bytes\n' +
          'Warning: Instance.spec.memory: memory must be from 1Mi to 64Ti; without a unit it is in bytes. ' +
          'It was so before and is left as it is, but nothing is done until that field is corrected.\n',
      });
      await apply('older');
      await untilReason('inst/older', 'Running');
    },
    TIMEOUT,
  );
});

describe('what was written while nobody checked it', () => {
  it(
    'stalls alone and says where it is wrong, also after a restart, and goes on when it is mended',
    async () => {
      await apply('bad');
      await apply('good');
      await untilReason('inst/bad', 'Running');
      await untilReason('inst/good', 'Running');
      const untouched = await vm('bad');

      const restoreWebhooks = await removeWebhooks();
      await dropPattern('instances.compute.medevac.dev', 'disks/items/properties/name');
      await dropPattern('livemigrations.compute.medevac.dev', 'policy/properties/completionTimeout');
      await letIn('the bad Instance', () => apply('bad', { disks: [disk('ROOT')], powerState: 'Stopped' }));
      const migration = aLiveMigration({
        name: 'bad-move',
        namespace: stage.namespace,
        spec: { instanceName: 'good', policy: { completionTimeout: 'soon' } },
      });
      await letIn('the bad LiveMigration', () => typed(['apply', '-f', '-'], migration));
      await letIn('a LiveMigration of the bad Instance', () =>
        typed(
          ['apply', '-f', '-'],
          aLiveMigration({ name: 'waits', namespace: stage.namespace, spec: { instanceName: 'bad' } }),
        ),
      );

      const stalled = await untilReason('inst/bad', 'InvalidSpec');
      expect(condition(stalled, 'Stalled')).toMatchObject({ status: 'True', reason: 'InvalidSpec' });
      expect(condition(stalled, 'Reconciling')?.status).toBe('False');
      expect(condition(stalled, 'Ready')?.message).toMatch(
        /^Instance team-a\/bad can't be read: spec\.disks\[0\]\.name: .+\. Correct that field\.$/,
      );
      expect(stalled.status).toMatchObject({
        state: 'Running',
        observedGeneration: stalled.metadata.generation,
      });
      const move = condition(await untilReason('lm/bad-move', 'InvalidSpec'), 'Stalled');
      expect(move?.status).toBe('True');
      expect(move?.message).toMatch(
        /^LiveMigration team-a\/bad-move can't be read: spec\.policy\.completionTimeout: .+\. The spec of a LiveMigration never changes: delete it, and create another\.$/,
      );
      await untilReason('lm/waits', 'Queued');
      const events = () => typed(['get', 'events', '--field-selector', 'reason=InvalidSpec']);
      await waitFor('the Events', async () => {
        const printed = await events();
        return printed.includes('disks[0].name') && printed.includes('completionTimeout');
      });

      await restoreWebhooks();
      await stage.restartOperator();
      await apply('good', { powerState: 'Stopped' });
      await untilReason('inst/good', 'Stopped');

      // Nothing was written a second time, and nothing done.
      expect((await get('inst/bad')).metadata.resourceVersion).toBe(stalled.metadata.resourceVersion);
      expect(await vm('bad')).toEqual(untouched);

      await typed(['delete', 'lm/bad-move', 'lm/waits']);
      await apply('bad', { powerState: 'Stopped' });
      const mended = await untilReason('inst/bad', 'Stopped');
      expect(condition(mended, 'Stalled')).toMatchObject({ status: 'False', reason: 'NotStalled' });
      expect(condition(mended, 'Ready')?.status).toBe('True');
    },
    TIMEOUT,
  );
});
