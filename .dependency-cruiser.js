const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    rule(
      'domain-is-pure',
      'Decisions are explored exhaustively; anything but data in and data out would make that a lie.',
      { path: '^src/domain' },
      { pathNot: '^src/(domain|api)' },
    ),
    rule(
      'api-imports-nothing',
      'The schemas are the contract: CRDs are generated from them and every other part may read them.',
      { path: '^src/api' },
      { pathNot: ['^src/api', '^node_modules/zod'] },
    ),
    rule(
      'runtime-is-generic',
      'The runtime is a small controller-runtime; a kind or a driver in it would make it impossible to test alone.',
      { path: '^src/runtime' },
      { path: '^src/(api|domain|drivers|controllers|webhooks|cli)' },
    ),
    rule(
      'kube-knows-no-kind',
      'The clients under the runtime are as generic as the runtime.',
      { path: '^src/kube' },
      { path: '^src/(domain|drivers|controllers|webhooks|cli|runtime)' },
    ),
    rule(
      'client-node-only-in-kube',
      'Its import costs 0.9 s and 95 MB, and its transport a handshake a request: only kubeconfig parsing is used.',
      { pathNot: '^src/kube/kubeconfig\\.ts$' },
      { path: '^node_modules/@kubernetes/client-node', dependencyTypesNot: ['type-only'] },
    ),
    rule(
      'drivers-do-not-know-each-other',
      'A driver is replaceable only if no other driver leans on it.',
      { path: '^src/drivers/([^/]+)/' },
      { path: '^src/drivers/([^/]+)/', pathNot: '^src/drivers/$1/' },
    ),
    rule(
      'drivers-do-not-know-controllers',
      'A driver is told what to do; it never asks why.',
      { path: '^src/drivers' },
      { path: '^src/(controllers|webhooks|cli)' },
    ),
    rule(
      'other-drivers-know-no-kubernetes',
      'Only the kubevirt driver drives through the Kubernetes API.',
      { path: '^src/drivers/(?!kubevirt/)[^/]+/' },
      { path: '^src/(kube|runtime)' },
    ),
    rule(
      'controllers-see-only-the-port',
      'A controller that knows a backend has the rules of that backend in the wrong room.',
      { path: '^src/(controllers|webhooks)' },
      { path: '^src/drivers/', pathNot: '^src/drivers/driver(-errors)?\\.ts$' },
    ),
    rule(
      'cli-is-a-client',
      'The plugin runs on the machines of users, with their rights: what the operator is made of has no place there.',
      { path: '^src/cli' },
      {
        path: '^src',
        pathNot: [
          '^src/(cli|api|domain|kube)/',
          '^src/config/env\\.ts$',
          // Its pure parts.
          '^src/drivers/kubevirt/(adopt|observe-hypervisor|resources)\\.ts$',
        ],
      },
    ),
    rule(
      'nobody-knows-the-cli',
      'It is a program of its own beside the operator.',
      { path: '^src', pathNot: '^src/cli' },
      { path: '^src/cli' },
    ),
    rule(
      'only-main-composes',
      'One place wires the program; nothing may depend on it.',
      { path: '^src', pathNot: '^src/main\\.ts$' },
      { path: '^src/(main|drivers/registry)\\.ts$' },
    ),
    rule('no-cycles', 'A cycle has no first file to read.', {}, { circular: true }),
    rule(
      'no-orphans',
      'A file that nothing reaches is dead.',
      { orphan: true, pathNot: ['^src/main\\.ts$', '\\.d\\.ts$'] },
      {},
    ),
    rule(
      'not-to-dev-dep',
      'What the product loads must be installed with it.',
      { path: '^src' },
      { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    ),
    rule(
      'no-dep-on-test',
      'The product does not know its tests.',
      { path: '^src' },
      { path: '^(test|scripts|bench)' },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types'] },
  },
};
