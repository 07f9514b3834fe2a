import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface Probe {
  readonly url: string;
  readonly method?: 'GET' | 'POST';
  /** PEM. */
  readonly ca?: string;
  readonly token?: string;
  readonly body?: unknown;
}

/** One request on a connection of its own; resolves to code and text, whatever the code. */
export function probe({
  url,
  method = 'GET',
  ca,
  token,
  body,
}: Probe): Promise<{ code: number; text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ code: number; text: string }>();
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const send = url.startsWith('https:') ? httpsRequest : httpRequest;
  const outgoing = send(url, {
    method,
    headers,
    agent: false,
    timeout: 5_000,
    ...(ca === undefined ? {} : { ca }),
  });
  outgoing.on('response', (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    response.on('end', () => resolve({ code: response.statusCode ?? 0, text })).on('error', reject);
  });
  outgoing.on('timeout', () => outgoing.destroy(new Error(`No answer from ${url}`))).on('error', reject);
  outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  return promise;
}
