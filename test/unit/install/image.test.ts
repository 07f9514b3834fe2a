import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import packageLock from '../../../package-lock.json' with { type: 'json' };

const DOCKERFILE = readFileSync(join(import.meta.dirname, '../../../Dockerfile'), 'utf8');

/** What package-lock.json says of a package. */
interface Package {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly devOptional?: boolean;
  readonly cpu?: readonly string[];
  readonly os?: readonly string[];
  readonly hasInstallScript?: boolean;
}

const lines = (pattern: RegExp) => [...DOCKERFILE.matchAll(pattern)].map(([, found = '']) => found);

describe('the Dockerfile', () => {
  it('has its base images by digest', () => {
    const [images, stages] = [lines(/^ARG (?:BUILDER|RUNTIME)=(.*)$/gm), lines(/^FROM .* AS (\S+)$/gm)];
    expect(images).toHaveLength(2);
    expect(images.filter((image) => !/@sha256:[0-9a-f]{64}$/.test(image))).toEqual([]);
    const others = lines(/^FROM (?:--platform=\S+ )?(\S+)/gm).filter((name) => !stages.includes(name));
    expect(new Set(others)).toEqual(new Set(['${BUILDER}', '${RUNTIME}', 'scratch']));
  });

  it('builds once for all architectures: no package that is run is made for one', () => {
    const installed: [string, Package][] = Object.entries(packageLock.packages);
    const run = installed.filter(
      ([path, { dev, optional, devOptional }]) => path !== '' && !(dev ?? optional ?? devOptional),
    );
    expect(run.length).toBeGreaterThan(20);
    const bound = run.filter(([, { cpu, os, hasInstallScript }]) => cpu ?? os ?? hasInstallScript);
    expect(bound.map(([path]) => path)).toEqual([]);
    expect(DOCKERFILE).not.toMatch(/x86_64|amd64-linux|aarch64/);
  });
});
