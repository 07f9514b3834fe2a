import { ApiError, ConnectionError } from '../kube/api-errors.ts';
import { Complaint } from './complaint.ts';
import { EXIT_CODES } from './exit-codes.ts';

/** Where a request went, for what is said of one that failed. */
export interface Asked {
  readonly server: string;
}

/** What to tell a user of what was thrown, and how to end. Pure. */
export function explain(
  error: unknown,
  asked: Asked,
): { readonly message: string; readonly exitCode: number } {
  if (error instanceof Complaint) return { message: error.message, exitCode: error.exitCode };
  if (error instanceof ApiError) return { message: explainAnswer(error), exitCode: EXIT_CODES.refused };
  if (error instanceof ConnectionError) {
    const message = `The API server ${asked.server} does not answer: ${error.message}. Check that the cluster is up, or name another one with --context.`;
    return { message, exitCode: EXIT_CODES.unreachable };
  }
  throw error;
}

/** What comes before the text of whoever has refused a request. */
const REFUSED_BY =
  /^(admission webhook "[^"]*" denied the request: |\S+ "[^"]*" is forbidden: ValidatingAdmissionPolicy '[^']*' with binding '[^']*' denied request: )/;

function explainAnswer(error: ApiError): string {
  const { message, code, reason } = error;
  if (REFUSED_BY.test(message)) return message.replace(REFUSED_BY, '');
  if (code === 401) {
    return 'The API server does not know you. Renew the credentials of the context in your kubeconfig, or name another context with --context.';
  }
  if (code === 403) return `${withoutDot(message)}. ${roleFor(message)}`;
  if (code === 404) return explainMissing(message);
  if (code === 409 && reason === 'Conflict') {
    return `${withoutDot(message)}. Somebody has changed it meanwhile: look at it, and ask again.`;
  }
  if (code === 429 || code >= 500)
    return `The API server can't answer now: ${withoutDot(message)}. Ask again later.`;
  return `${withoutDot(message)}. Correct it, and ask again.`;
}

function withoutDot(message: string): string {
  return message.replace(/\.$/, '');
}

/** The API server says so of a kind; of an object it says which one. */
function explainMissing(message: string): string {
  if (!message.includes('could not find the requested resource'))
    return `${withoutDot(message)}. Check the name.`;
  return 'This cluster has no medevac: its API server does not know the kind. Install the Helm chart charts/medevac, or name another cluster with --context.';
}

/** Which of our roles gives a right that is missing. */
function roleFor(message: string): string {
  const [, verb = '', resource = ''] = /cannot (\w+) resource "([a-z]+)"/.exec(message) ?? [];
  const reads = ['get', 'list', 'watch'].includes(verb);
  if (resource === 'instances') return askFor(reads ? 'medevac:view' : 'medevac:edit');
  if (resource === 'livemigrations') return askFor(reads ? 'medevac:view' : 'medevac:migrate');
  return 'Ask an admin of the cluster for that right.';
}

function askFor(role: string): string {
  return `Ask an admin of the cluster for ClusterRole ${role}.`;
}
