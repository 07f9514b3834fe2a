import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { sleep, systemClock, type Clock } from '../../runtime/clock.ts';
import type { Runnable } from '../../runtime/manager.ts';
import { isPair, type KeyPair } from './certificates.ts';

export interface MountedCertificateOptions {
  /** Folder with `tls.crt` and `tls.key`, as the kubelet mounts a Secret of type kubernetes.io/tls. */
  readonly folder: string;
  readonly logger: Logger;
  /** Told of the certificate, and of each one that takes its place. */
  readonly serve: (certificate: KeyPair) => void;
  readonly clock?: Clock | undefined;
}

/** The kubelet may take a minute to bring a renewed Secret. Milliseconds. */
const REREAD_AFTER = 60_000;
/** Until there is one for the first time. Milliseconds. */
const RETRY_AFTER = 1_000;

/** Serves with a certificate that somebody else keeps good, cert-manager for one, who also tells the API server whom to trust. */
export class MountedCertificate implements Runnable {
  readonly name = 'webhook-certificates';
  readonly #options: MountedCertificateOptions;
  #served: KeyPair | undefined;

  constructor(options: MountedCertificateOptions) {
    this.#options = options;
  }

  /** Resolves when the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock = systemClock } = this.#options;
    while (!signal.aborted) {
      await this.#read();
      await sleep(clock, this.#served === undefined ? RETRY_AFTER : REREAD_AFTER, signal);
    }
  }

  async #read(): Promise<void> {
    const { folder, logger, serve } = this.#options;
    try {
      const pair = await readPair(folder);
      if (pair.cert === this.#served?.cert) return;
      // Read in the middle of an exchange of both: the next time they belong together.
      if (!isPair(pair)) throw new Error('tls.key is not the key of tls.crt');
      this.#served = pair;
      serve(pair);
    } catch (error) {
      logger.warn({ err: error, folder }, 'no certificate for the webhooks can be read');
    }
  }
}

async function readPair(folder: string): Promise<KeyPair> {
  const [cert, key] = await Promise.all([
    readFile(join(folder, 'tls.crt'), 'utf8'),
    readFile(join(folder, 'tls.key'), 'utf8'),
  ]);
  return { cert, key };
}
