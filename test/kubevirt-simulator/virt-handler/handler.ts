/** The virt-handler of one node, faked: it says what a real one would say about a guest that does not exist. */
import type { Step } from '../engine/delayed-steps.ts';
import type { View } from '../engine/view.ts';
import type { Faults } from '../faults.ts';
import { isNodeLost } from '../objects/node.ts';
import { handlerContext } from './context.ts';
import { guestStep } from './guest.ts';
import { sourceStep } from './source.ts';
import { targetStep } from './target.ts';

export interface HandlerParts {
  readonly view: View;
  readonly faults: Faults;
  readonly node: string;
  readonly address: string;
}

/** The next step of a node's handler for an instance, if one is due. */
export function handlerStep(parts: HandlerParts, key: string): Step | undefined {
  const instance = parts.view.get('VirtualMachineInstance', key);
  const silent = parts.faults.silentHandlers.has(parts.node) || isNodeLost(parts.view, parts.node);
  if (instance === undefined || silent) {
    return undefined;
  }
  const context = handlerContext(parts, instance);
  const step = guestStep(context) ?? sourceStep(context) ?? targetStep(context);
  return step && { ...step, id: `${step.id} ${instance.metadata.uid ?? ''}` };
}
