import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Instance } from '../../../src/api/instance.ts';
import { LiveMigration } from '../../../src/api/live-migration.ts';
import { GROUP } from '../../../src/api/names.ts';
import { ApiError } from '../../../src/kube/api-errors.ts';
import {
  startInstalledControlPlane,
  type InstalledControlPlane,
} from '../../support/installed-control-plane.ts';
import { isRefused, type Case } from '../../unit/api/case.ts';
import { ACCEPTED_CASES, REFUSED_CASES } from '../../unit/api/cases.ts';
import { CREATE_CASES, UPDATE_CASES } from '../../unit/api/update-cases.ts';

const schemas = { Instance, LiveMigration };
const plurals = { Instance: 'instances', LiveMigration: 'livemigrations' };

let installed: InstalledControlPlane;

beforeAll(async () => {
  installed = await startInstalledControlPlane();
}, 60_000);
afterAll(() => installed.stop());

function collection({ apiVersion, kind, metadata }: Case['object']): string {
  return `/apis/${apiVersion}/namespaces/${metadata.namespace}/${plurals[kind]}`;
}

/** Creates nothing: the same manifest may be sent again. */
function create(object: Case['object']): Promise<{ spec: unknown; status: unknown }> {
  const query = { dryRun: 'All', fieldValidation: 'Ignore' };
  return installed.transport().request({ method: 'POST', path: collection(object), query, body: object });
}

async function update(before: Case['object'], object: Case['object'], name: string): Promise<unknown> {
  const transport = installed.transport();
  const path = collection(before);
  const metadata = { ...before.metadata, name };
  const { metadata: created } = await transport.request<{ metadata: object }>({
    method: 'POST',
    path,
    body: { ...before, metadata },
  });
  const body = { ...object, metadata: created };
  return transport.request({ method: 'PUT', path: `${path}/${name}`, body });
}

/** The API server adds this to errors of the schema: it runs no rule then. It names no field. */
const NOT_ALL_CHECKED = '<nil>';

/** The code, and the fields that the API server names, each once with all that it says of it: a yes is no text, and no value either. */
async function refusalOf(answer: Promise<unknown>) {
  const error: unknown = await answer.then(
    () => new Error('accepted'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApiError)) throw error;
  const { causes } = error.details as { causes: { field: string; message: string }[] };
  const named = causes.filter(({ field }) => field !== NOT_ALL_CHECKED);
  const paths = [...new Set(named.map(({ field }) => field))];
  return {
    code: error.code,
    causes: paths.map((path) => ({
      path,
      message: named
        .filter(({ field }) => field === path)
        .map(({ message }) => message)
        .join('\n'),
    })),
  };
}

function wantRefusal({ path, message = '' }: { path: string; message?: string }) {
  return { code: 422, causes: [{ path, message: expect.stringContaining(message) as unknown }] };
}

describe(`the accept/reject table, asked of an API server with the CRDs of ${GROUP}`, () => {
  it.each(ACCEPTED_CASES)(
    'accepts $name, and fills in the defaults that zod fills in',
    async ({ object }) => {
      const { spec } = await create(object);
      expect(spec).toEqual(schemas[object.kind].shape.spec.parse(object.spec));
    },
  );

  it.each(REFUSED_CASES)('refuses $name, at $want.path', async ({ object, want }) => {
    expect(await refusalOf(create(object))).toEqual(wantRefusal(want));
  });
});

describe('what only matters when an object is created', () => {
  it.each(CREATE_CASES.filter(({ want }) => want === 'accepted'))('accepts $name', async ({ object }) => {
    await expect(create(object)).resolves.toBeDefined();
  });

  it.each(CREATE_CASES.filter(isRefused))('refuses $name, at $want.path', async ({ object, want }) => {
    expect(await refusalOf(create(object))).toEqual(wantRefusal(want));
  });
});

describe('an update', () => {
  const named = UPDATE_CASES.map((entry, index) => ({ ...entry, id: `update-${index}` }));

  it.each(named.filter(({ want }) => want === 'accepted'))('$name', async ({ before, object, id }) => {
    expect(await update(before, object, id)).toMatchObject({ metadata: { generation: 2 } });
  });

  it.each(named.filter(isRefused))('$name', async ({ before, object, want, id }) => {
    expect(await refusalOf(update(before, object, id))).toEqual(wantRefusal(want));
  });
});
