import type { Transport } from '../../../src/kube/transport.ts';
import type { KubeVirtSimulator } from '../simulator.ts';

interface PreparationParts {
  readonly simulator: KubeVirtSimulator;
  readonly admin: Transport;
  readonly namespace: string;
}

type Preparation = (parts: PreparationParts) => Promise<void> | void;

async function createClaims({ admin, namespace }: PreparationParts): Promise<void> {
  for (const accessMode of ['ReadWriteMany', 'ReadWriteOnce']) {
    const path = `/api/v1/namespaces/${namespace}/persistentvolumeclaims`;
    const name = accessMode.toLowerCase();
    const storage = { storage: '1Gi' };
    const spec = { accessModes: [accessMode], volumeMode: 'Block', resources: { requests: storage } };
    await admin.request({
      method: 'POST',
      path,
      body: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name }, spec },
    });
    await admin.request({
      method: 'PATCH',
      path: `${path}/${name}/status`,
      contentType: 'application/merge-patch+json',
      body: { status: { phase: 'Bound', accessModes: [accessMode], capacity: storage } },
    });
  }
}

/** What was done beside the recorded calls, before the n-th line that is a call or a note (from 0). */
export const preparations: Readonly<Record<string, Readonly<Record<number, Preparation>>>> = {
  'restart-kill': {
    0: ({ simulator, namespace }) => {
      simulator.fail(`${namespace}/vm-a`, { killed: true });
    },
  },
  'rescue-image-missing': {
    0: ({ simulator }) => {
      simulator.setImageMissing('demo/rescue:1', true);
    },
  },
  'rescue-does-not-boot': {
    2: ({ simulator, namespace }) => {
      simulator.fail(`${namespace}/vm-a`, { doesNotBoot: true });
    },
    4: ({ simulator, namespace }) => {
      simulator.fail(`${namespace}/vm-a`, {});
    },
  },
  'shared-and-unshared-disks': { 0: createClaims },
  'not-migratable': {
    0: ({ simulator, namespace }) => {
      simulator.fail(`${namespace}/vm-a`, { notMigratable: 'cannot migrate VMI: simulated' });
    },
  },
  'handler-down': {
    2: ({ simulator }) => {
      simulator.setHandlerSilent('node-1', true);
    },
    5: ({ simulator }) => {
      simulator.setHandlerSilent('node-1', false);
    },
  },
};

/** What is put right again after a scenario. */
export const cleanups: Readonly<Record<string, Preparation>> = {
  'rescue-image-missing': ({ simulator }) => {
    simulator.setImageMissing('demo/rescue:1', false);
  },
};

/** In groups of about the same length: each is a suite of its own. */
export const scenarios = {
  power: [
    'start',
    'start-manual-and-stop',
    'start-unschedulable',
    'rescue-and-unrescue',
    'rescue-of-halted-vm',
    'rescue-patch-refused',
    'rescue-image-missing',
    'rescue-does-not-boot',
    'patch-without-restart',
    'restart-kill',
    'delete-vm',
    'delete-vmi-directly',
    'pod-deleted',
    'handler-down',
    'eviction-none',
    'eviction-external',
    'eviction-external-failed-migration',
    'not-migratable',
    'admission',
  ],
  migrations: [
    'migration-success',
    'migration-failure',
    'migration-target-pod-crash',
    'migrate-to-chosen-node',
    'unschedulable-target',
    'cordon-nodes',
    'seven-migrations',
    'limits',
    'rescued-vm-migrates',
    'shared-and-unshared-disks',
  ],
  interruptions: [
    'abort-pending',
    'abort-scheduling',
    'abort-preparingtarget',
    'abort-targetready',
    'abort-running',
    'abort-that-fails',
    'migrate-before-running',
    'migrate-right-after-restart',
    'restart-during-scheduling',
    'restart-during-preparingtarget',
    'restart-during-running',
    'delete-finished-vmim',
    'delete-vm-during-migration',
  ],
} as const satisfies Record<string, readonly string[]>;
