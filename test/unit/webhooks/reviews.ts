import type { ApiVersion } from '../../../src/api/names.ts';
import { parseReview, type AdmissionRequest } from '../../../src/webhooks/review.ts';
import type { InstanceManifest } from '../../builders/instance.ts';
import type { LiveMigrationManifest } from '../../builders/live-migration.ts';

type Manifest = InstanceManifest | LiveMigrationManifest;

export interface ReviewOptions {
  readonly object?: unknown;
  readonly oldObject?: unknown;
  readonly operation?: AdmissionRequest['operation'];
  readonly resource?: 'instances' | 'livemigrations';
  /** The version that the client asked for. */
  readonly version?: ApiVersion;
}

/** An AdmissionReview as the API server sends it, of an object that is being created unless there is an old one. */
export function aReview({ object, oldObject, version = 'v1beta1', ...options }: ReviewOptions) {
  const resource = { group: 'compute.medevac.dev', version, resource: options.resource ?? 'instances' };
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      resource,
      requestResource: resource,
      operation: options.operation ?? (oldObject === undefined ? 'CREATE' : 'UPDATE'),
      namespace: 'default',
      object,
      oldObject: oldObject ?? null,
      dryRun: false,
    },
  };
}

/** What a judge is given of a review. */
export function aRequest(options: ReviewOptions): AdmissionRequest {
  const review = parseReview(JSON.stringify(aReview(options)));
  if (review.kind === 'Unreadable') throw new Error(review.why);
  return review.request;
}

/** A manifest with the metadata that the API server has given it when webhooks are asked about its creation. */
export function submitted<T extends Manifest>(manifest: T, uid = 'uid-of-a-new-object') {
  const metadata = { uid, generation: 1, creationTimestamp: '2026-11-23T10:00:00Z', managedFields: [] };
  return { ...manifest, metadata: { ...manifest.metadata, ...metadata } };
}
