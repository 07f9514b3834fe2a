import { setTimeout as delay } from 'node:timers/promises';
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

async function reviewBoth({ simulator }: PreparationParts): Promise<void> {
  simulator.reviewTogether(2);
  await roomInSecond();
}

/**
 * Those of one second have no age of their own, and which of both is forgotten first depends on that: as in the recording,
 * none of them may come in the next second.
 */
async function roomInSecond(): Promise<void> {
  const passed = Date.now() % 1_000;
  if (passed > 300) await delay(1_000 - passed);
}

/**
 * In the recording the target pod ended 150 ms before the guest did, and virt-controller has told that as the reason. Where it
 * deletes the pod later than that, because it is busy, the guest takes its time as well.
 */
const shutsDownSlowly: Readonly<Record<number, Preparation>> = {
  0: ({ simulator, namespace }) => {
    simulator.fail(`${namespace}/vm-a`, { delays: { shutdownMs: 2_000 } });
  },
};

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
  'eviction-live-migrate': {
    0: ({ simulator, namespace }) => {
      simulator.fail(`${namespace}/vm-a`, { migrationFails: 'operation failed: simulated' });
    },
  },
  // The virt-handlers of the recording had no pods.
  'kubectl-drain': { 0: ({ simulator }) => simulator.nodes.deleteHandler('node-2') },
  'restart-during-scheduling': shutsDownSlowly,
  'restart-during-preparingtarget': shutsDownSlowly,
  'restart-during-running': shutsDownSlowly,
  'delete-vm-during-migration': shutsDownSlowly,
  'two-migrations-racing': { 2: reviewBoth, 6: reviewBoth, 10: reviewBoth },
  'virt-api-down': {
    2: ({ simulator }) => {
      simulator.setVirtApiSilent(true);
    },
    7: ({ simulator }) => {
      simulator.setVirtApiSilent(false);
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

/** What was done beside the API when something had happened: an event → what to do, in this order. */
export const reactions: Readonly<Record<string, readonly (readonly [after: string, act: Preparation])[]>> = {
  // The third attempt succeeds. Each comes with the next heartbeat of the node, when the last target pod has ended.
  'eviction-live-migrate': [
    ['Pod/virt-launcher-vm-a-#2#0 status.phase="Succeeded"', ({ simulator }) => simulator.passTime(60_000)],
    [
      'Pod/virt-launcher-vm-a-#3#0 status.phase="Succeeded"',
      async ({ simulator, namespace }) => {
        simulator.fail(`${namespace}/vm-a`, {});
        await simulator.passTime(60_000);
      },
    ],
  ],
};

/** Calls that were made at the same moment as the next: by their steps (from 0). */
export const simultaneous: Readonly<Record<string, readonly number[]>> = {
  // Each of them takes the ten seconds that the API server gives a webhook.
  'virt-api-down': [2, 3, 4],
  // The rounds in which both were admitted.
  'two-migrations-racing': [2, 6, 10],
};

/** When a command was typed of whose end a step tells (`t_ms`): after what it must have seen. */
export const typed: Readonly<Record<string, Readonly<Record<number, number>>>> = {
  'kubectl-drain': { 2: 1050, 3: 1116, 6: 16_351 },
};

/** What is put right again after a scenario. */
export const cleanups: Readonly<Record<string, Preparation>> = {
  'eviction-live-migrate': ({ simulator }) => {
    simulator.resetTime();
  },
  'kubectl-drain': ({ simulator }) => simulator.nodes.addHandler({ name: 'node-2' }),
  'virt-api-down': ({ simulator }) => {
    simulator.setVirtApiSilent(false);
  },
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
    'eviction-live-migrate',
    'kubectl-drain',
    'not-migratable',
    'admission',
    'virt-api-down',
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
    'two-migrations-racing',
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
