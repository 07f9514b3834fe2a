/**
 * Fetches what the tests of an installation need beside the control plane. What can't be had is said in one sentence; it
 * is an error only where everything must run (`CI=true`).
 */
import { provideDocker } from '../test/install/docker-engine.ts';
import { provideGitOpsClients } from '../test/install/gitops-clients.ts';
import { provideHelm } from '../test/install/helm.ts';
import { providePrometheus } from '../test/install/prometheus.ts';

function say(what: string): void {
  console.error(`setup: ${what}`);
}

try {
  await providePrometheus(say);
  await provideDocker(say);
  await provideGitOpsClients(say);
  await provideHelm(say);
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = process.env['CI'] === 'true' ? 1 : 0;
}
