import type { ObjectKey } from '../kube/resource.ts';
import type { AdmissionRequest, AskingJudge, Judge } from './review.ts';
import type { LookAgain } from './look-again.ts';

/** Which Instance a request is about; `undefined`: it does not say so. */
export type InstanceNamed = (request: AdmissionRequest) => ObjectKey | undefined;

/**
 * Judges anew, from the newest, what is refused for what goes on with an Instance at the moment: caches are behind the API
 * server by a moment, and who has waited for the end of something does the next thing at once (docs/adr/0063).
 */
export function withSecondLook(
  judge: Judge,
  instanceNamed: InstanceNamed,
  lookAgain: LookAgain,
): AskingJudge {
  return async (request) => {
    const answer = judge(request);
    if (answer.kind !== 'Refused' || answer.code !== 409) return answer;
    const key = instanceNamed(request);
    if (key === undefined) return answer;
    await lookAgain(key);
    return judge(request);
  };
}
