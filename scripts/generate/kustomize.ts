import { stringify, parseAllDocuments } from 'yaml';
import type { GeneratedFile } from './files.ts';

/** Namespace that the base installs into. */
export const NAMESPACE = 'medevac-system';

interface Rendered {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Record<string, string>;
    readonly annotations?: Record<string, string>;
  };
}

/** Labels of a chart, not of what it installs. */
const OF_HELM = ['helm.sh/chart', 'app.kubernetes.io/managed-by'];

/** The files of the Kustomize base. @param rendered what `helm template` prints of the chart with its own values */
export function kustomizeBase(rendered: string): GeneratedFile[] {
  const documents = parseAllDocuments(rendered);
  const objects = [...documents].flatMap((document) => (document.toJS() as Rendered | null) ?? []);
  const isCrd = ({ kind }: Rendered) => kind === 'CustomResourceDefinition';
  const files = [
    { name: 'namespace.yaml', objects: [namespace()] },
    { name: 'crds.yaml', objects: objects.filter(isCrd).map(withoutHelm) },
    { name: 'medevac.yaml', objects: objects.filter((object) => !isCrd(object)).map(withoutHelm) },
  ];
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: files.map(({ name }) => name),
  };
  return [
    file('kustomization.yaml', [kustomization]),
    ...files.map(({ name, objects: content }) => file(name, content)),
  ];
}

function namespace(): object {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } };
}

function file(name: string, objects: readonly object[]): GeneratedFile {
  const documents = objects.map((object) =>
    stringify(object, { aliasDuplicateObjects: false, lineWidth: 0 }),
  );
  const content = `# Generated from the chart by \`npm run generate:kustomize\`; do not edit.\n${documents.join('---\n')}`;
  return { path: `kustomize/base/${name}`, content };
}

/** The same object as somebody would have written it who knows no Helm. */
function withoutHelm<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withoutHelm) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .filter(([key]) => !OF_HELM.includes(key))
    .filter(([key, inner]) => key !== 'annotations' || !isPolicyOfHelm(inner));
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutHelm(inner)])) as T;
}

function isPolicyOfHelm(annotations: unknown): boolean {
  return typeof annotations === 'object' && annotations !== null && 'helm.sh/resource-policy' in annotations;
}
