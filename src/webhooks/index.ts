import type { Logger } from 'pino';
import type { World } from '../controllers/world.ts';
import type { DrainSettings } from '../domain/evacuation/plan.ts';
import type { UnrescueDuringMigration } from '../domain/instance/admission.ts';
import type { Transport } from '../kube/transport.ts';
import { systemClock, type Clock } from '../runtime/clock.ts';
import type { Runnable } from '../runtime/manager.ts';
import type { AdmissionReport } from '../telemetry/metrics/admission.ts';
import type { KeyPair } from './certificates/certificates.ts';
import type { CertificateTimes } from './certificates/decision.ts';
import { CertificateKeeper } from './certificates/keeper.ts';
import { MountedCertificate } from './certificates/mounted.ts';
import { endpoint } from './endpoint.ts';
import { judgeEviction, type EvictionJudgeOptions } from './eviction.ts';
import { instanceItself, judgeInstance } from './instance.ts';
import { podFinder } from './find-pod.ts';
import { instanceOfVm, judgeKubeVirtMigration } from './kubevirt-migration.ts';
import { instanceToMigrate, judgeLiveMigration } from './live-migration.ts';
import { lookAgainAt, type LookAgainOptions } from './look-again.ts';
import type { AnyJudge, Judge } from './review.ts';
import { withSecondLook, type InstanceNamed } from './second-look.ts';
import { whereServed } from './served.ts';
import { WebhookServer } from './server.ts';

export interface WebhooksOptions {
  readonly world: World;
  readonly drain: Pick<DrainSettings, 'limits'>;
  readonly evacuationWriter: EvictionJudgeOptions['writer'];
  readonly caches: LookAgainOptions['caches'];
  readonly transport: Transport;
  readonly logger: Logger;
  /** Namespace of the operator. */
  readonly namespace: string;
  /** Service in front of the webhooks. */
  readonly service: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Address to listen on. Default: all. */
  readonly host?: string | undefined;
  /** DNS names and IP addresses, beside the Service's, that the server is reached under. */
  readonly extraHosts: readonly string[];
  /** Folder with a certificate that somebody else keeps good. Default: they are made and kept here. */
  readonly certificateFolder?: string | undefined;
  readonly unrescueDuringMigration: UnrescueDuringMigration;
  readonly certificateTimes?: CertificateTimes | undefined;
  /** Told of each admission request that was answered. */
  readonly onAnswer?: ((report: AdmissionReport) => void) | undefined;
  readonly clock?: Clock | undefined;
}

export interface Webhooks extends Runnable {
  /** Resolves with the port. */
  readonly listening: Promise<number>;
  /** Whether requests are answered, with a certificate that the API server was told to trust. */
  readonly ready: boolean;
  /** When the certificate expires, in milliseconds since 1970; absent before there is one. */
  readonly certificateExpiry: number | undefined;
}

/** The admission webhooks: a server, and what keeps its certificates. */
export function webhooks(options: WebhooksOptions): Webhooks {
  const logger = options.logger.child({ part: 'webhooks' });
  const server = new WebhookServer({
    ...options,
    listener: endpoint({ judges: judges(options), logger, onAnswer: options.onAnswer }),
  });
  const keeper = certificateKeeper({ ...options, logger }, (certificate) => server.use(certificate));
  return {
    name: 'webhooks',
    get listening() {
      return server.listening;
    },
    get ready() {
      return server.ready;
    },
    get certificateExpiry() {
      return server.certificateExpiry;
    },
    run: (signal) => runTogether([server, keeper], signal),
  };
}

function certificateKeeper(
  {
    certificateFolder: folder,
    transport,
    logger,
    namespace,
    service,
    extraHosts,
    ...options
  }: WebhooksOptions,
  serve: (certificate: KeyPair) => void,
): Pick<Runnable, 'run'> {
  const clock = options.clock ?? systemClock;
  if (folder !== undefined) return new MountedCertificate({ folder, logger, serve, clock });
  const hosts = [`${service}.${namespace}.svc`, ...extraHosts];
  const times = options.certificateTimes;
  return new CertificateKeeper({ transport, logger, namespace, hosts, serve, times, clock });
}

function judges({
  world,
  caches,
  transport,
  logger,
  drain: { limits },
  evacuationWriter: writer,
  unrescueDuringMigration,
}: WebhooksOptions): ReadonlyMap<string, AnyJudge> {
  const lookAgain = lookAgainAt({ transport, world, caches, logger });
  const twice = (judge: Judge, instanceNamed: InstanceNamed) =>
    withSecondLook(judge, instanceNamed, lookAgain);
  const all: readonly (readonly [string, AnyJudge])[] = [
    ['/validate/instances', twice(judgeInstance({ world, unrescueDuringMigration }), instanceItself)],
    ['/validate/live-migrations', twice(judgeLiveMigration(world), instanceToMigrate)],
    ['/mutate/kubevirt-migrations', twice(judgeKubeVirtMigration(world), instanceOfVm)],
    ['/mutate/evictions', judgeEviction({ world, writer, limits, findPod: podFinder(transport), logger })],
  ];
  return new Map(all.map(([path, judge]) => [path, whereServed(world, judge)]));
}

/** Ends all when one fails. @throws what it failed with */
async function runTogether(parts: readonly Pick<Runnable, 'run'>[], signal: AbortSignal): Promise<void> {
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  const runs = parts.map((part) => part.run(stop));
  try {
    await Promise.all(runs);
  } finally {
    failed.abort();
    await Promise.allSettled(runs);
  }
}
