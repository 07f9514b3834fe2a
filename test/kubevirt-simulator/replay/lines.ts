import { readFile } from 'node:fs/promises';

/** One line of a recording of the real virt-api and virt-controller; see ../traces/README.md. */
export interface TraceLine {
  readonly t_ms: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'WRITE_REFUSED' | 'EVENT' | 'HTTP' | 'NOTE';
  readonly kind?: string;
  readonly name?: string;
  readonly resourceVersion?: string;
  readonly by?: string;
  readonly how?: { readonly verb?: string; readonly subresource?: string };
  /** ADDED. */
  readonly object?: object;
  /** MODIFIED: path → new value, null for removed. */
  readonly changed?: Readonly<Record<string, unknown>>;
  /** EVENT. */
  readonly reason?: string;
  readonly message?: string;
  readonly level?: string;
  readonly source?: string;
  /** HTTP. */
  readonly method?: string;
  readonly path?: string;
  readonly request?: unknown;
  readonly code?: number;
  readonly body?: unknown;
  readonly text?: string;
}

export interface HttpCall {
  readonly t_ms: number;
  readonly method: string;
  readonly path: string;
  readonly request: unknown;
  readonly code: number;
  readonly body: unknown;
}

export async function readTrace(scenario: string): Promise<TraceLine[]> {
  const text = await readFile(new URL(`../traces/${scenario}.jsonl`, import.meta.url), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as TraceLine);
}

export function callsOf(lines: readonly TraceLine[]): HttpCall[] {
  return lines.filter(({ type }) => type === 'HTTP').map(callOf);
}

export function callOf({ t_ms, method = '', path = '', request, code = 0, body }: TraceLine): HttpCall {
  return { t_ms, method, path, request, code, body };
}
