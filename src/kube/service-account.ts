import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Connection } from './connection.ts';

/** Where the kubelet mounts the pod's token. */
export const SERVICE_ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The kubelet replaces the token well before it expires, so a minute late is early enough. */
const REREAD_AFTER_MS = 60_000;

/** The connection of a pod: files that the kubelet rotates, read again every minute and whenever the server says 401. */
export class ServiceAccountConnection implements Connection {
  readonly server: string;
  readonly #folder: string;
  readonly #monotonic: () => number;
  #ca: string;
  #token: string;
  #readAt: number;

  /** @throws when the files are not there */
  static async read(
    server: string,
    folder: string,
    monotonic: () => number = () => performance.now(),
  ): Promise<ServiceAccountConnection> {
    const files = await readFiles(folder);
    return new ServiceAccountConnection({ server, folder, monotonic }, files);
  }

  private constructor(
    where: { server: string; folder: string; monotonic: () => number },
    files: { ca: string; token: string },
  ) {
    this.server = where.server;
    this.#folder = where.folder;
    this.#monotonic = where.monotonic;
    this.#ca = files.ca;
    this.#token = files.token;
    this.#readAt = where.monotonic();
  }

  get ca(): string {
    return this.#ca;
  }

  async authorization(): Promise<string> {
    if (this.#monotonic() - this.#readAt >= REREAD_AFTER_MS) {
      await this.refresh();
    }
    return `Bearer ${this.#token}`;
  }

  async refresh(): Promise<void> {
    this.#readAt = this.#monotonic();
    try {
      const files = await readFiles(this.#folder);
      this.#ca = files.ca;
      this.#token = files.token;
    } catch {
      // Read in the middle of a rotation: what we hold is still the best there is, and a 401 brings us back here.
    }
  }
}

async function readFiles(folder: string): Promise<{ ca: string; token: string }> {
  const [ca, token] = await Promise.all([
    readFile(join(folder, 'ca.crt'), 'utf8'),
    readFile(join(folder, 'token'), 'utf8'),
  ]);
  return { ca, token: token.trim() };
}
