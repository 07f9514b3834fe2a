import { X509Certificate } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { webhookConfiguration } from '../../../scripts/generate/webhooks.ts';
import { INSTANCES } from '../../../src/controllers/resources.ts';
import { collectionPath } from '../../../src/kube/resource.ts';
import { systemClock, type Clock } from '../../../src/runtime/clock.ts';
import type { CertificateTimes } from '../../../src/webhooks/certificates/decision.ts';
import { anInstance } from '../../builders/instance.ts';
import { aWorld } from '../../builders/world.ts';
import { install } from '../../support/install.ts';
import {
  OPERATOR_NAMESPACE,
  OPERATOR_USER,
  startInstalledControlPlane,
  type InstalledControlPlane,
} from '../../support/installed-control-plane.ts';
import { kubectl } from '../../support/kubectl.ts';
import { waitFor } from '../../support/wait.ts';
import {
  caBundles,
  certificateSecret,
  registerWebhooks,
  shownCertificate,
  startWebhooks,
  type RunningWebhooks,
  type WebhookSettings,
} from '../../support/webhooks.ts';

const DAY = 86_400_000;
const SECRET = 'secret/medevac-webhook-certificate';

let installed: InstalledControlPlane;
let running: RunningWebhooks[] = [];

beforeAll(async () => {
  installed = await startInstalledControlPlane();
}, 60_000);
afterEach(async () => {
  await Promise.all(running.map((one) => one.stop()));
  running = [];
  await command('delete', '--ignore-not-found', 'validatingwebhookconfiguration/medevac', SECRET);
});
afterAll(() => installed.stop());

async function command(...args: string[]): Promise<void> {
  const { code, stderr } = await kubectl(installed.controlPlane, ['-n', OPERATOR_NAMESPACE, ...args]);
  if (code !== 0) throw new Error(stderr);
}

async function start(settings: Partial<WebhookSettings> = {}): Promise<RunningWebhooks> {
  const one = await startWebhooks(installed, { world: aWorld(), ...settings });
  running.push(one);
  return one;
}

const shownBy = ({ port }: RunningWebhooks) => shownCertificate(port);

async function stored(): Promise<{ serving: X509Certificate; authorities: string[]; version: string }> {
  const { secret, certificates } = await certificateSecret(installed);
  return {
    serving: new X509Certificate(certificates.serving.cert),
    authorities: [...certificates.authorities],
    version: secret.metadata.resourceVersion ?? '',
  };
}

/** Resolves when all webhooks are registered to trust these authorities. */
async function expectTrusted(authorities: readonly string[]): Promise<void> {
  await waitFor('the webhooks are registered with the authorities', async () => {
    const bundles = await caBundles(installed);
    return bundles.length > 0 && bundles.every((bundle) => bundle === authorities.join(''));
  });
}

/** Asks the API server to create an Instance, but for storing it; throws unless the webhook has let it. */
async function ask(): Promise<void> {
  await installed.transport().request({
    method: 'POST',
    path: collectionPath(INSTANCES, 'default'),
    query: { dryRun: 'All' },
    body: anInstance(),
  });
}

async function writesByOperator(): Promise<{ verb: string; resource: string; code: number }[]> {
  const events = await installed.controlPlane.auditLog();
  return events
    .filter(({ user, verb }) => user.username === OPERATOR_USER && !['get', 'list', 'watch'].includes(verb))
    .map(({ verb, objectRef, responseStatus }) => ({
      verb,
      resource: objectRef?.resource ?? '',
      code: responseStatus?.code ?? 0,
    }));
}

describe('two replicas that start together', () => {
  it('serve with one certificate, which one of them has made', async () => {
    const before = (await writesByOperator()).length;
    const replicas = await Promise.all([start(), start()]);
    const { serving } = await stored();
    const shown = await Promise.all(replicas.map(shownBy));
    expect(shown.map(({ fingerprint256 }) => fingerprint256)).toEqual([
      serving.fingerprint256,
      serving.fingerprint256,
    ]);
    const made = (await writesByOperator()).slice(before).filter(({ code }) => code < 300);
    expect(made).toEqual([{ verb: 'create', resource: 'secrets', code: 201 }]);
  });

  it('serve under the name of their Service and whatever else was wished', async () => {
    await start({ extraHosts: ['localhost'] });
    expect((await stored()).serving.subjectAltName).toBe(
      `DNS:medevac-webhook.${OPERATOR_NAMESPACE}.svc, DNS:localhost`,
    );
  });
});

describe('a replica that starts later', () => {
  it('writes nothing', async () => {
    const first = await start();
    await registerWebhooks(installed, first.port);
    const { serving, version } = await stored();
    const before = await writesByOperator();
    const second = await start();
    expect((await shownBy(second)).fingerprint256).toBe(serving.fingerprint256);
    expect(await writesByOperator()).toEqual(before);
    expect((await stored()).version).toBe(version);
  });

  it('has one name more put into the certificate of all', async () => {
    const first = await start();
    await start({ extraHosts: ['localhost'] });
    const { serving } = await stored();
    expect(serving.subjectAltName).toContain('DNS:localhost');
    await waitFor(
      'the first shows it, too',
      async () => (await shownBy(first)).fingerprint256 === serving.fingerprint256,
    );
  });
});

describe('the registration of the webhooks', () => {
  it('learns whom to trust, and the API server reaches them', async () => {
    const { port } = await start();
    await registerWebhooks(installed, port);
    await expectTrusted((await stored()).authorities);
    await waitFor('the API server asks', () => ask().then(() => true));
  });

  it('learns it again when it is installed anew', async () => {
    const { port } = await start();
    await registerWebhooks(installed, port);
    await command('delete', 'validatingwebhookconfiguration/medevac');
    await install(installed.transport(), [webhookConfiguration({ url: `https://127.0.0.1:${port}` })]);
    await expectTrusted((await stored()).authorities);
  });

  it('learns it again when somebody else’s was put in', async () => {
    const { port } = await start();
    await registerWebhooks(installed, port);
    const { authorities } = await stored();
    const patch = [
      {
        op: 'replace',
        path: '/webhooks/1/clientConfig/caBundle',
        value: Buffer.from(authorities.join('').repeat(2)).toString('base64'),
      },
    ];
    await command(
      'patch',
      'validatingwebhookconfiguration/medevac',
      '--type=json',
      '-p',
      JSON.stringify(patch),
    );
    await expectTrusted(authorities);
  });
});

describe('certificates that come of age', () => {
  /** Real time, but for a date that a test may set; the certificates it makes are good at the real one. */
  class ShiftedClock implements Clock {
    daysAgo = 61;
    readonly monotonic = systemClock.monotonic.bind(systemClock);
    readonly setTimeout = systemClock.setTimeout.bind(systemClock);
    now(): number {
      return systemClock.now() - this.daysAgo * DAY;
    }
  }
  const times: CertificateTimes = {
    authorityLife: 90 * DAY,
    servingLife: 90 * DAY,
    backdated: 3_600_000,
    settling: 2_000,
  };

  /** Asks without a pause until `until` is there; gives what went wrong. */
  async function failuresUntil(until: () => Promise<boolean>): Promise<unknown[]> {
    const failures: unknown[] = [];
    await waitFor(
      'the change is through',
      async () => {
        await ask().catch((error: unknown) => failures.push(error));
        return until();
      },
      { intervalMs: 1, timeoutMs: 20_000 },
    );
    return failures;
  }

  async function startSettled(settings: Partial<WebhookSettings>) {
    const one = await start(settings);
    await registerWebhooks(installed, one.port);
    await expectTrusted((await stored()).authorities);
    await waitFor('the API server asks', () => ask().then(() => true));
    return one;
  }

  it('are all changed while the server runs, and no request fails', async () => {
    const clock = new ShiftedClock();
    const server = await startSettled({ clock, certificateTimes: times });
    const before = await stored();

    clock.daysAgo = 0;
    await command('annotate', SECRET, 'test=look-again');
    const seen = new Set<number>();
    const failures = await failuresUntil(async () => {
      const { authorities } = await stored();
      seen.add(authorities.length);
      return authorities.length === 1 && authorities[0] !== before.authorities[0];
    });

    expect(failures).toEqual([]);
    expect(seen).toEqual(new Set([1, 2]));
    const after = await stored();
    expect(after.serving.verify(new X509Certificate(after.authorities[0] ?? '').publicKey)).toBe(true);
    await expectTrusted(after.authorities);
    expect((await shownBy(server)).fingerprint256).toBe(after.serving.fingerprint256);
    await ask();
  });

  it.each([
    { name: 'deleted', args: ['delete', SECRET] },
    { name: 'spoiled', args: ['patch', SECRET, '--type=merge', '-p', '{"data": {"tls.crt": "YQ=="}}'] },
  ])('are all changed when the Secret is $name, and no request fails', async ({ args }) => {
    const server = await startSettled({ certificateTimes: times });
    const before = await stored();
    await command(...args);
    const failures = await failuresUntil(async () => {
      const { authorities } = await stored();
      return authorities.length === 1 && authorities[0] !== before.authorities[0];
    });
    expect(failures).toEqual([]);
    expect((await shownBy(server)).fingerprint256).toBe((await stored()).serving.fingerprint256);
  });
});

describe('the rights of the operator', () => {
  it('were enough for all of this', async () => {
    const codes = (await writesByOperator()).map(({ code }) => code);
    expect(codes).not.toContain(403);
    expect(codes.length).toBeGreaterThan(10);
  });
});
