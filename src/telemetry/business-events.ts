import type { Logger } from 'pino';
import type { InstanceStatus } from '../api/instance.ts';
import type { LiveMigration, LiveMigrationStatus } from '../api/live-migration.ts';
import { GROUP, STORAGE_VERSION } from '../api/names.ts';
import { announceInstance, type Announcement } from '../domain/instance/announcements.ts';
import type { InstanceObservation } from '../domain/instance/observation.ts';
import { announceMigration } from '../domain/live-migration/announcements.ts';
import type { EventRecorder } from '../kube/event-recorder.ts';
import { isFinal } from '../domain/live-migration/decide.ts';
import type { KubeObject } from '../kube/resource.ts';
import type { Happenings } from './metrics/happenings.ts';

/** One place that tells the world of what has happened: an Event for people, a log line and a figure for operators. */
export class BusinessEvents {
  readonly #recorder: EventRecorder;
  readonly #logger: Logger;
  readonly #happenings: Happenings;

  constructor(recorder: EventRecorder, logger: Logger, happenings: Happenings) {
    this.#recorder = recorder;
    this.#logger = logger;
    this.#happenings = happenings;
  }

  /** To be called after the status was written, so that no Event tells of a write that failed. */
  instanceChanged(seen: InstanceObservation, status: InstanceStatus): void {
    this.#tell(ours('Instance', seen.instance.metadata), announceInstance(seen, status));
  }

  /** To be called after the status was written. */
  migrationChanged(migration: LiveMigration, status: LiveMigrationStatus): void {
    if (isFinal(status.phase) && !isFinal(migration.status?.phase)) this.#happenings.migrationEnded(status);
    this.#tell(ours('LiveMigration', migration.metadata), announceMigration(migration.status, status));
  }

  /** To be called after the status was written. */
  objectUnreadable(
    kind: string,
    metadata: KubeObject['metadata'],
    announcement: Announcement | undefined,
  ): void {
    this.#tell(ours(kind, metadata), announcement);
  }

  /** To be called after its labels were written, where they differed. */
  nodeSeen({ metadata }: KubeObject, announcements: readonly Announcement[]): void {
    for (const announcement of announcements)
      this.#tell({ apiVersion: 'v1', kind: 'Node', metadata }, announcement);
  }

  /** What goes on in a drain, for who looks at the VM and for who looks at its node. */
  evacuation(instance: KubeObject, node: KubeObject | undefined, announcement: Announcement): void {
    this.#tell(ours('Instance', instance.metadata), announcement);
    if (node !== undefined) this.nodeSeen(node, [announcement]);
  }

  #tell(object: KubeObject, announcement: Announcement | undefined): void {
    if (announcement === undefined) return;
    const { kind } = object;
    const { namespace, name } = object.metadata;
    this.#logger.info({ kind, namespace, name, reason: announcement.reason }, announcement.note);
    this.#happenings.announced(object.kind ?? '', announcement);
    this.#recorder.record(object, announcement);
  }
}

function ours(kind: string, metadata: KubeObject['metadata']): KubeObject {
  return { apiVersion: `${GROUP}/${STORAGE_VERSION}`, kind, metadata };
}
