import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import type { KeyPair } from '../../../../src/webhooks/certificates/certificates.ts';
import { issueAuthority } from '../../../../src/webhooks/certificates/issue.ts';
import { MountedCertificate } from '../../../../src/webhooks/certificates/mounted.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { waitFor } from '../../../support/wait.ts';

const MINUTE = 60_000;

let folder: string;
let clock: FakeClock;
let stop: AbortController;
let running: Promise<void>;
let served: KeyPair[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'medevac-mounted-'));
  clock = new FakeClock();
  stop = new AbortController();
  served = [];
});
afterEach(async () => {
  stop.abort();
  await running;
  await rm(folder, { recursive: true });
});

function begin(): void {
  const serve = (pair: KeyPair) => served.push(pair);
  const mounted = new MountedCertificate({ folder, logger: pino({ level: 'silent' }), serve, clock });
  running = mounted.run(stop.signal);
}

function aPair(): Promise<KeyPair> {
  return issueAuthority({ notBefore: Date.now() - MINUTE, notAfter: Date.now() + MINUTE });
}

async function mount({ cert, key }: KeyPair): Promise<void> {
  await writeFile(join(folder, 'tls.crt'), cert);
  await writeFile(join(folder, 'tls.key'), key);
}

/** Lets the time pass that the next look takes to come. */
async function pass(ms: number): Promise<void> {
  await waitFor('it sleeps', () => clock.pending > 0);
  await clock.advance(ms);
}

describe('a certificate that is mounted', () => {
  it('is served as soon as it is there', async () => {
    begin();
    await pass(1_000);
    const pair = await aPair();
    await mount(pair);
    await pass(1_000);
    await waitFor('it is served', () => served.length > 0);
    expect(served).toEqual([pair]);
  });

  it('is looked at again each minute, and the next one is served', async () => {
    const [first, second] = [await aPair(), await aPair()];
    await mount(first);
    begin();
    await pass(MINUTE);
    await mount(second);
    await pass(MINUTE);
    await waitFor('the second one is served', () => served.length === 2);
    expect(served).toEqual([first, second]);
  });

  it('is not served with a key that is not its own', async () => {
    const [first, second] = [await aPair(), await aPair()];
    await mount(first);
    begin();
    await waitFor('the first one is served', () => served.length === 1);
    await mount({ cert: second.cert, key: first.key });
    await pass(MINUTE);
    await mount(second);
    await pass(MINUTE);
    await waitFor('the second one is served', () => served.length === 2);
    expect(served).toEqual([first, second]);
  });
});
