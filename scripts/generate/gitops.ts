import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { GROUP, STORAGE_VERSION } from '../../src/api/names.ts';

const ROOT = join(import.meta.dirname, '../../gitops');

/** Kinds with the folder of their actions, and these. */
const KINDS = [
  { kind: 'Instance', folder: 'instance', actions: ['rescue', 'unrescue', 'migrate'] },
  { kind: 'LiveMigration', folder: 'live-migration', actions: ['abort'] },
] as const;

/** A Lua script of gitops/argocd. */
export function lua(...path: readonly string[]): string {
  return readFileSync(join(ROOT, 'argocd', `${path.join('/')}.lua`), 'utf8');
}

/** What Argo CD's ConfigMap argocd-cm is to be given: `kubectl patch configmap argocd-cm --patch-file …`. */
export function argoCdPatch(): { readonly data: Readonly<Record<string, string>> } {
  const entries = KINDS.flatMap(({ kind, folder, actions }): [key: string, value: string][] => {
    const definitions = actions.map((name) => ({ name, 'action.lua': lua(folder, name) }));
    return [
      [`resource.customizations.health.${GROUP}_${kind}`, lua('health')],
      [
        `resource.customizations.actions.${GROUP}_${kind}`,
        stringify({ 'discovery.lua': lua(folder, 'discovery'), definitions }, { lineWidth: 0 }),
      ],
    ];
  });
  return { data: Object.fromEntries(entries) };
}

/**
 * The same for both kinds: kstatus, said again for those who wait by expressions. There is always a status, by default one
 * that has seen nothing yet; Flux asks no further then.
 */
export const HEALTH_EXPRESSIONS = {
  inProgress: saysTrue('Reconciling'),
  failed: saysTrue('Stalled'),
  current: saysTrue('Ready'),
} as const;

function saysTrue(condition: string): string {
  return `status.conditions.exists(c, c.type == '${condition}' && c.status == 'True')`;
}

/** What a Kustomization of Flux is to be given: `kubectl patch kustomization … --type merge --patch-file …`. */
export function fluxPatch() {
  const apiVersion = `${GROUP}/${STORAGE_VERSION}`;
  const healthCheckExprs = KINDS.map(({ kind }) => ({ apiVersion, kind, ...HEALTH_EXPRESSIONS }));
  return { spec: { wait: true, healthCheckExprs } };
}
