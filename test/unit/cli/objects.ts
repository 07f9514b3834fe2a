import { InstanceObject, MigrationObject } from '../../../src/cli/objects.ts';

/** Objects as the API server gives them, read as the plugin reads them. */

export const NOW = Date.parse('2026-11-28T12:00:00Z');

const metadata = {
  namespace: 'team-a',
  uid: 'aaaaaaaa-0000-4000-8000-000000000001',
  resourceVersion: '100',
  generation: 2,
  creationTimestamp: '2026-11-28T11:00:00Z',
};

interface Fields {
  readonly metadata?: object;
  readonly spec?: object;
  readonly status?: object;
}

export function anInstanceObject(fields: Fields = {}): InstanceObject {
  return InstanceObject.parse({
    metadata: { name: 'web-1', ...metadata, ...fields.metadata },
    spec: { memory: '1Gi', ...fields.spec },
    status: {
      observedGeneration: 2,
      state: 'Running',
      node: 'node-a',
      resolved: { driver: 'kubevirt' },
      conditions: [{ type: 'Ready', status: 'True', reason: 'Running', message: 'The VM runs.' }],
      ...fields.status,
    },
  });
}

export function aMigrationObject(fields: Fields = {}): MigrationObject {
  return MigrationObject.parse({
    metadata: { name: 'web-1-away', ...metadata, ...fields.metadata },
    spec: { instanceName: 'web-1', ...fields.spec },
    status: { phase: 'Running', source: { node: 'node-a' }, ...fields.status },
  });
}
