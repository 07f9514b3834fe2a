import type { Step } from '../engine/delayed-steps.ts';
import { isDeleted, isFinal } from '../objects/instance.ts';
import { label } from '../objects/names.ts';
import { isNodeLost } from '../objects/node.ts';
import { timestamp } from '../objects/time.ts';
import { updateInstance } from './context.ts';
import type { Draft, HandlerContext } from './context.ts';

/** Ports on which every simulated target listens; the real ones are random, but always three. */
const ports = { '36017': 0, '36018': 49152, '36019': 49153 };

interface Stage {
  readonly id: string;
  readonly due: (context: HandlerContext) => boolean;
  readonly delayMs: (context: HandlerContext) => number;
  readonly change: (draft: Draft, context: HandlerContext) => void;
  readonly text?: (context: HandlerContext) => { type: 'Normal'; reason: string; message: string };
}

/**
 * What the virt-handler of the node that an instance goes to does, in this order. The instance's node changes (`end`)
 * before the migration is completed, and the label that says who is responsible goes last of all.
 */
const stages: readonly Stage[] = [
  {
    id: 'prepare',
    due: ({ state, failures }) =>
      state.targetNodeAddress === undefined && state.completed !== true && failures.targetNeverReady !== true,
    delayMs: ({ failures }) => failures.delays.prepareMs,
    change: ({ status }, { address }) => {
      status.migrationState.targetNodeAddress = address;
      status.migrationState.targetDirectMigrationNodePorts = ports;
    },
    text: ({ address }) => ({
      type: 'Normal',
      reason: 'PreparingTarget',
      message: `Migration Target is listening at ${address}, on ports: ${Object.keys(ports).join(',')}`,
    }),
  },
  {
    id: 'detect',
    due: ({ state }) =>
      state.startTimestamp !== undefined &&
      state.targetNodeDomainDetected !== true &&
      state.completed !== true,
    delayMs: ({ failures }) => failures.delays.stepMs,
    change: ({ status }) => {
      status.migrationState.targetNodeDomainDetected = true;
    },
  },
  {
    id: 'ready',
    // From a node that is lost no memory comes any more.
    due: ({ view, state, failures }) =>
      state.targetNodeDomainDetected === true &&
      state.targetNodeDomainReadyTimestamp === undefined &&
      !isNodeLost(view, state.sourceNode ?? '') &&
      state.completed !== true &&
      failures.migrationFails === undefined &&
      (state.abortRequested !== true || failures.abortFails === true),
    delayMs: ({ failures }) => Math.max(failures.delays.migrationMs - failures.delays.stepMs, 0),
    change: ({ status }) => {
      status.migrationState.targetNodeDomainReadyTimestamp = timestamp(new Date());
    },
  },
  {
    id: 'end',
    due: ({ state }) =>
      state.targetNodeDomainReadyTimestamp !== undefined &&
      state.endTimestamp === undefined &&
      state.completed !== true,
    delayMs: ({ failures }) => failures.delays.stepMs,
    change: acknowledge,
    text: ({ node }) => ({
      type: 'Normal',
      reason: 'Migrated',
      message: `The VirtualMachineInstance migrated to node ${node}.`,
    }),
  },
  {
    id: 'complete',
    due: ({ instance, node, state }) =>
      state.endTimestamp !== undefined && state.completed !== true && instance.status?.nodeName === node,
    delayMs: ({ failures }) => failures.delays.stepMs,
    change: ({ status }) => {
      status.migrationState.completed = true;
    },
  },
  {
    id: 'clean up',
    due: ({ state }) => state.completed === true,
    delayMs: ({ failures }) => failures.delays.stepMs,
    change: ({ metadata }) => {
      const { [label.migrationTargetNode]: _target, ...labels } = metadata.labels ?? {};
      metadata.labels = labels;
    },
  },
];

export function targetStep(context: HandlerContext): Step | undefined {
  const { instance, node, state } = context;
  const mine = state.targetNode === node && instance.metadata.labels?.[label.migrationTargetNode] === node;
  if (!mine || isFinal(instance) || isDeleted(instance) || !isAlive(context)) {
    return undefined;
  }
  const stage = stages.find(({ due }) => due(context));
  return (
    stage && {
      id: `${stage.id} ${state.migrationUid ?? ''}`,
      delayMs: stage.delayMs(context),
      plan: () =>
        updateInstance(
          context,
          (draft) => {
            stage.change(draft, context);
          },
          stage.text?.(context),
        ),
    }
  );
}

/** Without a running target pod nothing can be received; cleaning up needs none. */
function isAlive({ view, instance, state }: HandlerContext): boolean {
  const pod = view.podsOf(instance.metadata.uid).find(({ metadata }) => metadata.name === state.targetPod);
  return state.completed === true || pod?.status?.phase === 'Running';
}

/** The guest runs here: the instance is this node's, and an eviction that asked for that is fulfilled. */
function acknowledge({ metadata, status }: Draft, { node }: HandlerContext): void {
  status.migrationState.endTimestamp = timestamp(new Date());
  metadata.labels = { ...metadata.labels, [label.nodeName]: node };
  status.nodeName = node;
  status.evacuationNodeName = undefined;
  status.launcherContainerImageVersion = undefined;
}
