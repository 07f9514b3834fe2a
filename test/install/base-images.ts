/**
 * Stand-ins for the base images of the Dockerfile, where no registry of images can be reached: made of a small Debian and
 * of this machine's Node, npm and libraries, in the places where the real ones have them.
 */
import { execFile } from 'node:child_process';
import { copyFile, cp, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { GenericContainer } from 'testcontainers';
import { debianArchive } from './debian-root.ts';

const execute = promisify(execFile);
const AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt';
/** Who is in the real one beside root. */
const USERS =
  'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n';
const RUNTIME = 'medevac-standin/runtime';
const BUILDER = 'medevac-standin/builder';

/** Builds both stand-ins, in a folder that is given; the build arguments that name them. */
export async function buildBaseImages(folder: string): Promise<Record<string, string>> {
  await build(RUNTIME, ['FROM scratch', 'COPY root /'], async (context) => {
    const root = join(context, 'root');
    await placeNode(root, '/nodejs/bin/node');
    await placeLibraries(root, process.execPath);
    await mkdir(join(root, 'home/nonroot'), { recursive: true });
    await mkdir(join(root, 'tmp'), { mode: 0o1777 });
    await writeFile(join(root, 'etc/passwd'), USERS);
  });
  await build(BUILDER, ['FROM scratch', 'ADD debian.tar /', 'COPY root /'], async (context) => {
    await copyFile(debianArchive(), join(context, 'debian.tar'));
    await placeNode(join(context, 'root'), '/usr/local/bin/node');
    await placeNpm(join(context, 'root'));
  });
  return { BUILDER, RUNTIME };

  async function build(
    name: string,
    steps: readonly string[],
    fill: (context: string) => Promise<void>,
  ): Promise<void> {
    const context = await mkdtemp(join(folder, 'base-'));
    await fill(context);
    const path = 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
    await writeFile(join(context, 'Dockerfile'), [...steps, path, ''].join('\n'));
    await GenericContainer.fromDockerfile(context).build(name, { deleteOnExit: false });
    await rm(context, { recursive: true });
  }
}

/** Node, and the authorities that this machine trusts. */
async function placeNode(root: string, path: string): Promise<void> {
  await copy(process.execPath, join(root, path));
  await copy(AUTHORITIES, join(root, AUTHORITIES));
}

/** The libraries that a program is linked to, and what else of the C library others are linked to. */
export async function placeLibraries(root: string, program: string): Promise<void> {
  const { stdout } = await execute('ldd', [program]);
  const libraries = [...stdout.matchAll(/\/\S+/g)].map(([library]) => library);
  const libc = libraries.find((path) => path.endsWith('/libc.so.6')) ?? '';
  const resolver = join(dirname(libc), 'libresolv.so.2');
  for (const library of [...libraries, resolver]) await copy(library, join(root, library));
}

async function placeNpm(root: string): Promise<void> {
  const { stdout } = await execute('sh', ['-c', 'command -v npm']);
  const npm = dirname(dirname(await realpath(stdout.trim())));
  const modules = join(root, 'usr/local/lib/node_modules/npm');
  await cp(npm, modules, { recursive: true, verbatimSymlinks: true });
  await symlink('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm'));
  await mkdir(join(root, 'usr/local/etc'), { recursive: true });
  await writeFile(join(root, 'usr/local/etc/npmrc'), `cafile=${AUTHORITIES}\naudit=false\nfund=false\n`);
}

/** What a path leads to. */
export async function copy(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await cp(await realpath(from), to, { dereference: true });
}
