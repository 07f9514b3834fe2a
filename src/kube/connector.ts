import type { buildConnector } from 'undici';
import connectTo from 'undici/lib/core/connect.js';
import type { Connection } from './connection.ts';

/** HTTP/1.1 only: on loopback and in clusters HTTP/2 gains nothing for small requests, and one stalled stream stalls all. */
const CONNECT_OPTIONS = { allowH2: false, timeout: 10_000, keepAlive: true, keepAliveInitialDelay: 30_000 };

/** Opens sockets with the TLS material that the connection has at that moment, so that a rotated CA is used at once. */
export function connectorFor(connection: Connection): buildConnector.connector {
  let current: { fingerprint: string; connect: buildConnector.connector } | undefined;
  return (options, callback) => {
    const fingerprint = tlsFingerprint(connection);
    if (current?.fingerprint !== fingerprint) {
      current = { fingerprint, connect: connectTo({ ...CONNECT_OPTIONS, ...tlsOptions(connection) }) };
    }
    current.connect(options, callback);
  };
}

/** Equal as long as sockets opened earlier speak for the same client to the same authorities. */
export function tlsFingerprint(connection: Connection): string {
  return `${connection.ca ?? ''}\n${connection.clientCertificate?.cert ?? ''}`;
}

function tlsOptions(connection: Connection): buildConnector.BuildOptions {
  const { ca, clientCertificate, serverName, skipTlsVerify } = connection;
  return {
    ...(ca !== undefined && { ca }),
    ...(clientCertificate !== undefined && { cert: clientCertificate.cert, key: clientCertificate.key }),
    ...(serverName !== undefined && { servername: serverName }),
    ...(skipTlsVerify === true && { rejectUnauthorized: false }),
  };
}
