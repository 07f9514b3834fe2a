import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, get } from 'node:https';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { Transport } from '../../../src/kube/transport.ts';
import { createCertificateAuthority } from '../../control-plane/certificates.ts';
import { ApiClient } from '../../kubevirt-simulator/virt-api/client.ts';
import { startVirtApi, type VirtApi } from '../../kubevirt-simulator/virt-api/server.ts';

const host = '127.0.0.1';
let transport: Transport;
let virtApi: VirtApi;
let agent: Agent;

beforeEach(async () => {
  const authority = await createCertificateAuthority('authority');
  const certificate = await authority.issue({ commonName: 'virt-api', hosts: [host], usage: 'serverAuth' });
  transport = new Transport({ server: `https://${host}:1` });
  virtApi = await startVirtApi({
    client: new ApiClient(transport),
    certificate,
    requestHeaderCa: authority.cert,
    logger: pino({ level: 'silent' }),
  });
  agent = new Agent({ keepAlive: true, ca: authority.cert });
});
afterEach(async () => {
  agent.destroy();
  await virtApi.stop();
  await transport.close();
});

it('leaves it to the API server to close an idle connection: closed by us, it could be one just taken for a review', async () => {
  const asked = get({ host, port: virtApi.port, path: '/apis', agent });
  const [{ statusCode, headers }] = (await once(asked, 'response')) as [IncomingMessage];

  // In `keep-alive` Node says after how many seconds it would close the connection.
  expect({ statusCode, connection: headers.connection, closesAfter: headers['keep-alive'] }).toEqual({
    statusCode: 200,
    connection: 'keep-alive',
    closesAfter: undefined,
  });
});
