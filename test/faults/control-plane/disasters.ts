import { setTimeout as delay } from 'node:timers/promises';
import { customResourceDefinitions, type CustomResourceDefinition } from '../../../scripts/generate/crds.ts';
import type { KubeVirtSimulator } from '../../kubevirt-simulator/simulator.ts';
import { install } from '../../support/install.ts';
import type { Stage } from '../../support/stage.ts';
import type { Outage } from '../stories/player.ts';
import { askForAnotherAuthority, letCertificateRunOut } from './certificates.ts';
import type { Operators } from './operators.ts';

/** How long KubeVirt's API is away; after a minute the API server has given up all that was asked of it. Milliseconds. */
const DRIVER_IS_AWAY = 600_000;

/** What something befalls. */
export interface Cluster {
  readonly stage: Stage;
  readonly simulator: KubeVirtSimulator;
  readonly operators: Operators;
}

export interface Disaster {
  readonly name: string;
  /** What a user has to put up with. */
  readonly outage: Outage;
  /** How long it lasts, where it is longer than a moment. Milliseconds. */
  readonly lasts?: number;
  /** Resolves when it is over. */
  readonly strike: (cluster: Cluster) => Promise<void>;
}

export const DISASTERS: readonly Disaster[] = [
  {
    name: 'the API server is killed and started again',
    outage: 'ApiServer',
    strike: ({ stage }) => stage.controlPlane.restartApiServer('SIGKILL'),
  },
  {
    name: 'etcd is compacted, and the API server has lost its cache: watches are answered 410',
    outage: 'ApiServer',
    strike: async ({ stage: { controlPlane } }) => {
      await controlPlane.compact();
      await controlPlane.restartApiServer('SIGKILL');
    },
  },
  {
    name: 'the certificate of the webhooks runs out in a moment, and is renewed',
    outage: 'Nothing',
    strike: ({ stage }) => letCertificateRunOut(stage.admin),
  },
  {
    name: 'the certificates of the webhooks are deleted, which asks for a new authority',
    outage: 'Nothing',
    strike: ({ stage }) => askForAnotherAuthority(stage.admin),
  },
  {
    name: 'the CRDs are changed and put back: all watches of our kinds end',
    outage: 'Nothing',
    strike: async ({ stage: { admin } }) => {
      await install(admin, customResourceDefinitions().map(withAnotherColumn));
      await install(admin, customResourceDefinitions());
    },
  },
  {
    name: 'the operator is upgraded, old and new beside each other',
    outage: 'Nothing',
    strike: ({ operators }) => operators.upgrade(),
  },
  {
    name: `KubeVirt answers nothing for ${DRIVER_IS_AWAY / 1000} s`,
    outage: 'Nothing',
    lasts: DRIVER_IS_AWAY,
    strike: async ({ simulator }) => {
      simulator.setVirtApiSilent(true);
      await delay(DRIVER_IS_AWAY);
      simulator.setVirtApiSilent(false);
    },
  },
];

/** Only a change of its spec has the API server serve a kind anew. */
function withAnotherColumn(crd: CustomResourceDefinition): CustomResourceDefinition {
  const column = {
    name: 'Uid',
    type: 'string',
    description: 'Its uid.',
    jsonPath: '.metadata.uid',
    priority: 1,
  } as const;
  const versions = crd.spec.versions.map((version) => ({
    ...version,
    additionalPrinterColumns: [...version.additionalPrinterColumns, column],
  }));
  return { ...crd, spec: { ...crd.spec, versions } };
}
