import { once } from 'node:events';
import { request, type RequestOptions } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { KubeConfig } from '@kubernetes/client-node';

/** Calls virt-api, for which client-node has no method: with the credentials of the kubeconfig, as its examples do. */
export async function restart(config: KubeConfig, namespace: string, name: string): Promise<void> {
  const options: RequestOptions = { method: 'PUT', headers: { 'content-type': 'application/json' } };
  await config.applyToHTTPSOptions(options);
  const path = `/apis/subresources.kubevirt.io/v1/namespaces/${namespace}/virtualmachines/${name}/restart`;
  const call = request(new URL(path, config.getCurrentCluster()?.server), options);
  call.end(JSON.stringify({ gracePeriodSeconds: 0 }));
  const [answer] = (await once(call, 'response')) as [IncomingMessage];
  answer.resume();
  await once(answer, 'end');
  if ((answer.statusCode ?? 500) >= 400)
    throw new Error(`restart of ${namespace}/${name}: ${answer.statusCode ?? 0}`);
}
