import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const ROOT = join(import.meta.dirname, '../..');
const LONG = 60_000;

describe('what `npm run build` bundles', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'medevac-bundle-'));
    await promisify(execFile)(process.execPath, ['scripts/build.ts', '--out', folder], { cwd: ROOT });
  }, LONG);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function sourcesOf(map: string): Promise<string[]> {
    const { sources } = JSON.parse(await readFile(join(folder, map), 'utf8')) as { sources: string[] };
    return sources;
  }

  /** As the source maps name them: not by what the build takes its own list from. */
  async function bundledFiles(): Promise<string[]> {
    const maps = (await readdir(folder)).filter((name) => name.endsWith('.map'));
    return (await Promise.all(maps.map(sourcesOf))).flat();
  }

  async function bundledPackages(): Promise<string[]> {
    const names = (await bundledFiles()).flatMap(
      (file) => /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(file)?.[1] ?? [],
    );
    return [...new Set(names)].toSorted();
  }

  /** What the operator holds from its first moment on: files of the sources and of packages. */
  async function loadedAtOnce(entry = 'main.js', seen = new Set<string>()): Promise<string[]> {
    if (seen.has(entry)) return [];
    seen.add(entry);
    const text = await readFile(join(folder, entry), 'utf8');
    const imports = [...text.matchAll(/\bfrom"\.\/([^"]+)"|\bimport"\.\/([^"]+)"/g)];
    const inner = await Promise.all(imports.map(([, named, bare = '']) => loadedAtOnce(named ?? bare, seen)));
    return [...(await sourcesOf(`${entry}.map`)), ...inner.flat()];
  }

  it('loads at once what every operator needs, and nothing else', async () => {
    const files = (await loadedAtOnce()).join('\n');
    const all = (await bundledFiles()).join('\n');
    for (const needed of [
      'src/main.ts',
      'src/domain/gate.ts',
      'src/api/instance.ts',
      'node_modules/pino/',
      'node_modules/zod/',
    ]) {
      expect(files).toContain(needed);
    }
    const later = [
      'src/drivers/(kubevirt|libvirt|memory)/index',
      'src/kube/kubeconfig-file',
      'certificates/issue',
    ];
    const packages = ['yaml', '@peculiar', 'fast-xml-(parser|builder)'];
    for (const part of [...later, ...packages.map((name) => `node_modules/${name}/`)]) {
      expect(all).toMatch(new RegExp(part));
      expect(files).not.toMatch(new RegExp(part));
    }
  });

  it('has one parser of HTTP', async () => {
    const parsers = (await bundledFiles()).filter((file) =>
      /undici\/.*(parser-h1|milo|llhttp.*wasm)/.test(file),
    );
    expect(parsers.map((file) => basename(file)).toSorted()).toEqual([
      'llhttp-wasm.js',
      'llhttp_simd-wasm.js',
    ]);
  });

  it('has Node load neither HTTP/2 nor fetch', async () => {
    const tell = 'process.on("exit", () => process.stderr.write(process.moduleLoadList.join("\\n")))';
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [
      `--import=data:text/javascript,${encodeURIComponent(tell)}`,
      join(folder, 'main.js'),
      '--help',
    ]);
    expect(stdout).toContain('--kubeconfig');
    const loaded = stderr.split('\n').map((line) => line.replace(/^\w+ /, ''));
    expect(loaded).toContain('http');
    expect(loaded.filter((name) => /http2|undici/.test(name))).toEqual([]);
  });

  it('has the messages of zod in English alone: `import { z }` would bring all languages', async () => {
    const locales = (await bundledFiles()).flatMap((file) => /zod\/v4\/locales\/(.*)/.exec(file)?.[1] ?? []);
    expect(locales).toEqual(['en.js']);
  });

  it('names the licence and the holder of the copyright of each package', async () => {
    const text = await readFile(join(folder, 'THIRD-PARTY-LICENCES.txt'), 'utf8');
    const notices = text.split(`\n${'-'.repeat(80)}\n\n`);
    const packages = await bundledPackages();
    expect(packages).toContain('undici');
    expect([...new Set(notices.map((notice) => notice.split(' ')[0]))].toSorted()).toEqual(packages);
    for (const notice of notices) {
      expect(notice).toMatch(
        /^\S+ \d\S+ \((MIT|ISC|Apache-2\.0|BSD-3-Clause|0BSD)\)\n\n[^]*(Copyright|Licensor)/i,
      );
    }
  });
});
