export interface Envtest {
  version: string;
  releases: string;
  /** sha512, hex, by platform. */
  checksums: Readonly<Record<string, string>>;
}

export const ENVTEST: Envtest;
export function envtestPlatform(): string;
export function fetchEnvtest(folder: string, pinned?: Envtest): Promise<boolean>;
