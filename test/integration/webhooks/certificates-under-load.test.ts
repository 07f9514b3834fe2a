import { X509Certificate } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { webhookConfiguration } from '../../../scripts/generate/webhooks.ts';
import { INSTANCES, LIVE_MIGRATIONS } from '../../../src/controllers/resources.ts';
import { collectionPath, type Resource } from '../../../src/kube/resource.ts';
import type { CertificateTimes } from '../../../src/webhooks/certificates/decision.ts';
import { anInstance } from '../../builders/instance.ts';
import { aLiveMigration } from '../../builders/live-migration.ts';
import { aWorld } from '../../builders/world.ts';
import { install } from '../../support/install.ts';
import {
  startInstalledControlPlane,
  type InstalledControlPlane,
} from '../../support/installed-control-plane.ts';
import { waitFor } from '../../support/wait.ts';
import {
  caBundles,
  certificateSecret,
  shownCertificate,
  startWebhooks,
  type RunningWebhooks,
} from '../../support/webhooks.ts';

const SECOND = 1_000;
/** Renewed when two thirds are over: a third is left for a machine that does other things as well. */
const TIMES: CertificateTimes = {
  authorityLife: 30 * SECOND,
  servingLife: 20 * SECOND,
  backdated: 0,
  settling: 3 * SECOND,
};

let installed: InstalledControlPlane;
let replicas: RunningWebhooks[] = [];

beforeAll(async () => {
  installed = await startInstalledControlPlane();
}, 60_000);
afterEach(async () => {
  await Promise.all(replicas.map((one) => one.stop()));
});
afterAll(() => installed.stop());

/** Asks for an object, but for storing it; throws unless its webhook has let it. */
async function ask(resource: Resource, body: object): Promise<void> {
  const path = collectionPath(resource, 'default');
  await installed.transport().request({ method: 'POST', path, query: { dryRun: 'All' }, body });
}

const askFirst = () => ask(INSTANCES, anInstance());
const askSecond = () => ask(LIVE_MIGRATIONS, aLiveMigration());

/** The webhook of each kind at another replica. */
function configurationOf(bases: readonly string[]) {
  const { webhooks, ...rest } = webhookConfiguration({ url: bases[0] ?? '' });
  const spread = webhooks.map(({ clientConfig, ...webhook }, index) => {
    if (!('url' in clientConfig)) throw new Error('a URL was asked for');
    return {
      ...webhook,
      clientConfig: { url: clientConfig.url.replace(bases[0] ?? '', bases[index] ?? '') },
    };
  });
  return { ...rest, webhooks: spread };
}

async function isTrusted(): Promise<boolean> {
  const { authorities } = (await certificateSecret(installed)).certificates;
  return (await caBundles(installed)).every((bundle) => bundle === authorities.join(''));
}

/** Asks both replicas all the while until a third authority is the only one; gives what went wrong. */
async function askThroughTwoRotations() {
  const [authorities, certificates, failures] = [new Set<string>(), new Set<string>(), [] as unknown[]];
  let asked = 0;
  const askBoth = async () => {
    const answers = await Promise.allSettled([askFirst(), askSecond()]);
    asked += answers.length;
    failures.push(
      ...answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as unknown] : [])),
    );
  };
  await waitFor(
    'the third authority alone is trusted',
    async () => {
      for (let round = 0; round < 10; round += 1) await askBoth();
      const { authorities: trusted, serving } = (await certificateSecret(installed)).certificates;
      authorities.add(trusted[0]);
      certificates.add(serving.cert);
      return authorities.size === 3 && trusted.length === 1;
    },
    { timeoutMs: 100_000, intervalMs: 100 },
  );
  return { asked, failures, certificates };
}

describe('certificates that two replicas share and that live for seconds', () => {
  it('are changed again and again, authority and all, and not one request fails', async () => {
    const settings = { world: aWorld(), certificateTimes: TIMES };
    replicas = [await startWebhooks(installed, settings), await startWebhooks(installed, settings)];
    const bases = replicas.map(({ port }) => `https://127.0.0.1:${port}`);
    await install(installed.transport(), [configurationOf(bases)]);
    await waitFor('both replicas are trusted', isTrusted);
    await waitFor('the API server asks both', () => Promise.all([askFirst(), askSecond()]).then(() => true));

    const { asked, failures, certificates } = await askThroughTwoRotations();

    process.stdout.write(`${asked} requests through ${certificates.size} serving certificates\n`);
    expect(failures).toEqual([]);
    expect(asked).toBeGreaterThan(200);
    expect(certificates.size).toBeGreaterThan(3);
    const { serving } = (await certificateSecret(installed)).certificates;
    const want = new X509Certificate(serving.cert).fingerprint256;
    const shown = await Promise.all(replicas.map(({ port }) => shownCertificate(port)));
    expect(shown.map(({ fingerprint256 }) => fingerprint256)).toEqual([want, want]);
  }, 150_000);
});
