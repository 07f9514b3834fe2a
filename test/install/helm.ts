/** Helm, built with Go from the module that the folder beside this file pins. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Printed } from '../support/kubectl.ts';
import { missing, pathOf, provide, run, type GoProgram } from './go-program.ts';
import type { Rendered } from './values/rendered.ts';

/** As test/install/helm/go.mod says. */
const VERSION = 'v4.3.1';

const HELM: GoProgram = {
  name: 'helm',
  what: `Helm ${VERSION}`,
  sources: join(import.meta.dirname, 'helm'),
  package: 'helm.sh/helm/v4/cmd/helm',
  linkerFlags: `-X helm.sh/helm/v4/internal/version.version=${VERSION}`,
};

export const CHART = join(import.meta.dirname, '../../charts/medevac');

/** Half a sentence that says why Helm can't be run here; undefined: it can. */
export function missingForHelm(): string | undefined {
  return missing(HELM);
}

/** Its path. */
export function helmProgram(): string {
  return pathOf(HELM);
}

/** Builds Helm, if it is not there yet. @throws where Go is not there, or what it says */
export function provideHelm(say: (what: string) => void): Promise<void> {
  return provide(HELM, say);
}

/** Runs Helm with a home of its own; resolves also where it fails. */
export async function helm(
  args: readonly string[],
  { kubeconfig, input = '' }: { readonly kubeconfig?: string; readonly input?: string } = {},
): Promise<Printed> {
  const home = await mkdtemp(join(tmpdir(), 'medevac-helm-'));
  const { PATH } = process.env;
  const env = { PATH, HOME: home, ...(kubeconfig === undefined ? {} : { KUBECONFIG: kubeconfig }) };
  try {
    const { code, stdout, stderr } = await run(helmProgram(), args, { env, input });
    return { code: code ?? 1, stdout, stderr };
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** What the chart makes with its own values. @throws what Helm says */
export async function renderChart(namespace: string): Promise<string> {
  const { code, stdout, stderr } = await helm(['template', 'medevac', CHART, '-n', namespace]);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

/** What the chart makes with some values; no objects where Helm refuses them. */
export async function template(
  values: object,
): Promise<{ code: number; stderr: string; objects: Rendered[] }> {
  const args = ['template', 'medevac', CHART, '-n', 'medevac-system', '-f', '-'];
  const { code, stderr, stdout } = await helm(args, { input: JSON.stringify(values) });
  const documents = code === 0 ? parseAllDocuments(stdout) : [];
  if (!Array.isArray(documents)) return { code, stderr, objects: [] };
  return {
    code,
    stderr,
    objects: documents.flatMap((document) => (document.toJS() as Rendered | null) ?? []),
  };
}
