/** Bundles the operator as the image has it: `npm run build`, into dist/; `-- --out FOLDER` elsewhere (docs/adr/0065-one-bundle.md). */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build, type Metafile, type Plugin } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');

/**
 * HTTP/2, which our connector never speaks, costs 5 MB as soon as it is loaded. This is what undici itself takes for it in a Node
 * that has none.
 */
const withoutHttp2: Plugin = {
  name: 'without-http2',
  setup(plugged) {
    plugged.onResolve({ filter: /^node:http2$/ }, ({ path }) => ({ path, namespace: 'without' }));
    plugged.onLoad({ filter: /^/, namespace: 'without' }, () => ({
      contents: 'module.exports={constants:{}}',
    }));
  },
};

/** Builds into the folder, which is emptied. */
async function bundle(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: ['src/main.ts'],
    outdir: folder,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node22.22',
    // What is imported when it is needed stays a file of its own.
    splitting: true,
    // For kubeconfig files with an auth-provider, where it is installed.
    external: ['@kubernetes/client-node'],
    // As Node defines it for its own bundle of undici: leaves out a second, experimental parser.
    define: { esbuildDetection: 'true' },
    plugins: [withoutHttp2],
    // V8 keeps the text: with one byte a character, and without what nobody reads. Names stay, for stack traces.
    charset: 'ascii',
    minifySyntax: true,
    minifyWhitespace: true,
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    // Packages that are CommonJS ask for parts of Node.
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    metafile: true,
    logLevel: 'warning',
  });
  await writeFile(join(folder, 'THIRD-PARTY-LICENCES.txt'), await licencesOf(packagesIn(metafile)));
}

/** Folders of the packages that something of was taken from. */
function packagesIn({ outputs }: Metafile): string[] {
  const files = Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs));
  const folders = files.flatMap((file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []);
  return [...new Set(folders)].toSorted();
}

/** The part of a package.json that is used here. */
interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly author?: string | { readonly name: string };
}

async function licencesOf(folders: readonly string[]): Promise<string> {
  const texts = await Promise.all(
    folders.map(async (folder) => {
      const { name, version, license, author } = JSON.parse(
        await readFile(join(ROOT, folder, 'package.json'), 'utf8'),
      ) as Manifest;
      const file = (await readdir(join(ROOT, folder))).find((entry) => /^licen[cs]e/i.test(entry));
      const text =
        file === undefined
          ? `Copyright ${typeof author === 'object' ? author.name : (author ?? `the authors of ${name}`)}\n`
          : await readFile(join(ROOT, folder, file), 'utf8');
      return `${name} ${version} (${license})\n\n${text}`;
    }),
  );
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}

const { values } = parseArgs({ options: { out: { type: 'string', default: join(ROOT, 'dist') } } });
await bundle(values.out);
