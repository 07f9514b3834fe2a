const LOGS = 'kubectl logs -n medevac-system -l app.kubernetes.io/name=medevac --prefix --tail=-1';
const NO_LOGS = 'the nodes of the tests are processes, without a kubelet that hands logs out';

/** A command that a page shows, in a block or in a sentence, and no page can run. */
export interface Elsewhere {
  readonly page: string;
  readonly command: string;
  /** Why it is not run where it stands. */
  readonly why: string;
  /** Who does what it does, and how that is said there. */
  readonly by: string;
  readonly says: string;
}

export const ELSEWHERE: readonly Elsewhere[] = [
  {
    page: 'README.md',
    command: 'npm run demo',
    why: 'it starts a cluster of its own',
    by: 'test/e2e/demo.test.ts',
    says: 'runDemo',
  },
  { page: 'README.md', command: 'npm test', why: 'it runs this test', by: '.ci/run', says: 'npm test' },
  {
    page: 'README.md',
    command: 'helm install medevac charts/medevac -n medevac-system --create-namespace --wait',
    why: 'medevac is there when the page is played',
    by: 'docs/start.md',
    says: '$ helm install medevac charts/medevac -n medevac-system --create-namespace --wait',
  },
  ...['docker build -t registry.example/medevac:0.1.0 .', 'docker push registry.example/medevac:0.1.0'].map(
    (command) => ({
      page: 'docs/start.md',
      command,
      why: 'it takes a Docker engine, and registries of images',
      by: 'test/install/image.test.ts',
      says: 'buildTargets',
    }),
  ),
  {
    page: 'docs/cli.md',
    command: 'npm link',
    why: 'it writes to the folder in which npm has what belongs to all users',
    by: 'test/install/docs/docs-cluster.ts',
    says: 'packageJson.bin',
  },
  {
    page: 'docs/libvirt.md',
    command: 'kubectl exec -it -n medevac-system deploy/medevac -- node dist/main.js check-hosts',
    why: 'it takes libvirt hosts',
    by: 'test/libvirt/check-hosts.test.ts',
    says: 'check-hosts',
  },
  {
    page: 'README.md',
    command: 'kubectl drain NODE',
    why: 'another page drains a node',
    by: 'docs/how-to/drain-a-node.md',
    says: '$ kubectl drain node-a',
  },
  {
    page: 'README.md',
    command: 'kubectl apply --server-side -k kustomize/base',
    why: 'there is one installation a cluster',
    by: 'test/install/kustomize.test.ts',
    says: "'apply', '--server-side', '-k', BASE",
  },
  {
    page: 'docs/gitops.md',
    command: 'kubectl patch configmap argocd-cm -n argocd --patch-file …',
    why: 'another page has it in full',
    by: 'docs/how-to/run-from-git.md',
    says: '$ kubectl patch configmap argocd-cm -n argocd --patch-file gitops/argocd/argocd-cm.yaml',
  },
  {
    page: 'docs/alerts.md',
    command: LOGS,
    why: NO_LOGS,
    by: 'src/runtime/leader-election.ts',
    says: 'lease not written',
  },
  {
    page: 'docs/alerts.md',
    command: `${LOGS} | grep "reconcile failed"`,
    why: NO_LOGS,
    by: 'src/runtime/controller.ts',
    says: "'reconcile failed'",
  },
  {
    page: 'docs/alerts.md',
    command: `${LOGS} | grep webhook-certificate`,
    why: NO_LOGS,
    by: 'src/webhooks/certificates/keeper.ts',
    says: "'webhook-certificates'",
  },
];
