/** A Pod that stands for a VM at kube-scheduler, as it is seen. */
export interface ObservedAnchor {
  readonly name: string;
  readonly uid: string;
  /** uid of the LiveMigration whose destination it finds; `undefined`: it is of the VM where that is. */
  readonly migrationUid: string | undefined;
  /** Node that it is bound to. */
  readonly node: string | undefined;
  /** The only node that it may be bound to. */
  readonly onlyOn: string | undefined;
  /** Fingerprint of the AnchorOrder that it was made from. */
  readonly order: string;
  /** Ended, Leaving: it holds no place any more. */
  readonly phase: 'Standing' | 'Ended' | 'Leaving';
  /** Why it is not bound, in the words of kube-scheduler. */
  readonly unschedulable: string | undefined;
}

/** The node that a VM is on, or was last, or is about to be made on. */
export interface Host {
  readonly name: string;
  /** Whether what is known of its VMs is all that there is. */
  readonly heard: boolean;
  /** It is certain that nothing runs there any more. */
  readonly fenced: boolean;
}

/** Where Kubernetes has placed a VM, for a driver that does not do so itself. */
export interface Placement {
  readonly anchors: readonly ObservedAnchor[];
  readonly host: Host | undefined;
  /** Why no anchor can be made, in the words of the API server. */
  readonly refusal: string | undefined;
}

/** The node for an order, or what it waits for. */
export type NamedNode =
  | { readonly kind: 'Named'; readonly node: string }
  | {
      readonly kind: 'Awaited';
      /** In the words of who has refused it; `undefined`: nobody has said anything yet. */
      readonly words: string | undefined;
    };

export function isStanding({ phase }: ObservedAnchor): boolean {
  return phase === 'Standing';
}

/** The anchor that holds a place on a node. */
export function anchorOn({ anchors }: Pick<Placement, 'anchors'>, node: string): ObservedAnchor | undefined {
  return anchors.find((anchor) => isStanding(anchor) && anchor.node === node);
}

/** The host, if a VM that is nowhere to be seen must be made there and nowhere else. */
export function bindingHost({ host }: Pick<Placement, 'host'>): Host | undefined {
  return host?.fenced === false ? host : undefined;
}

/**
 * The node that a VM is to be made, or started, on. Once one was named, it stays so until it is fenced: whoever has heard
 * the order may have carried it out, and an anchor that is made again elsewhere must not make the VM a second time.
 */
export function nodeForVm(placement: Placement): NamedNode {
  const host = bindingHost(placement);
  const isFit = host === undefined ? isFree(placement) : isOf(host.name);
  return namedBy(placement.anchors.filter(isFit), placement);
}

/** Whether an anchor is for that node and no other. */
export function isOf(host: string): (anchor: ObservedAnchor) => boolean {
  return ({ node, onlyOn }) => (node ?? onlyOn) === host;
}

/** Whether an anchor is of a VM that may be made anywhere, but on a host that is fenced. */
export function isFree({ host }: Pick<Placement, 'host'>): (anchor: ObservedAnchor) => boolean {
  return ({ migrationUid, node, onlyOn }) => {
    const place = node ?? onlyOn;
    return migrationUid === undefined && (place === undefined || place !== host?.name);
  };
}

/** The destination of a LiveMigration. */
export function nodeForMigration(placement: Placement, migrationUid: string): NamedNode {
  return namedBy(
    placement.anchors.filter((anchor) => anchor.migrationUid === migrationUid),
    placement,
  );
}

function namedBy(candidates: readonly ObservedAnchor[], { refusal }: Pick<Placement, 'refusal'>): NamedNode {
  const standing = candidates.filter(isStanding);
  const node = standing.find((anchor) => anchor.node !== undefined)?.node;
  if (node !== undefined) return { kind: 'Named', node };
  return { kind: 'Awaited', words: standing[0]?.unschedulable ?? refusal };
}
