import { OVERRIDE_DESTINATION_LABEL, OVERRIDE_SOURCE_LABEL } from '../../../src/api/names.ts';
import { CAPABILITY_LABEL } from '../../../src/domain/node/roles.ts';
import { NODES as NODE_RESOURCE } from '../../../src/api/resources.ts';
import { ResourceClient } from '../../../src/kube/resource-client.ts';
import type { KubeVirtSimulator } from '../../kubevirt-simulator/simulator.ts';
import type { Scenery } from '../../support/stage.ts';
import { waitFor } from '../../support/wait.ts';
import type { Spec } from '../../unit/controllers/any-order/edits.ts';
import { NODES, ZONES, type Capable, type NodeName } from '../../unit/controllers/any-order/users.ts';

const LANE_LABEL = 'lane';

/** Nodes and images of one's own: what goes wrong there is nothing to those beside it. */
export class Lane {
  readonly #name: string;

  constructor(number: number) {
    this.#name = `lane-${number}`;
  }

  node(name: NodeName): string {
    return `${this.#name}-${name}`;
  }

  get nodes(): string[] {
    return NODES.map((name) => this.node(name));
  }

  image(name: string): string {
    return `registry.example/${this.#name}/${name}`;
  }

  /** The spec for a VM that is to stay in the lane. */
  localised(spec: Spec): Spec {
    const text = JSON.stringify(spec).replaceAll('registry.example/', this.image(''));
    const nodeSelector = { ...spec.placement?.nodeSelector, [LANE_LABEL]: this.#name };
    return { ...(JSON.parse(text) as Spec), placement: { nodeSelector } };
  }

  /** Its virt-handlers do nothing any more, or go on where they were. */
  standStill(simulator: KubeVirtSimulator, isStill: boolean): void {
    for (const node of this.nodes) simulator.setHandlerSilent(node, isStill);
  }

  async open(simulator: KubeVirtSimulator): Promise<void> {
    for (const name of NODES) {
      const labels = { zone: ZONES[name], [LANE_LABEL]: this.#name };
      await simulator.addNode({ name: this.node(name), labels });
    }
  }
}

/** Opens so many lanes; resolves when the operator knows what their nodes can do. */
export async function openLanes(
  { admin }: Pick<Scenery, 'admin'>,
  simulator: KubeVirtSimulator,
  count: number,
): Promise<Lane[]> {
  const lanes = Array.from({ length: count }, (_, index) => new Lane(index + 1));
  await Promise.all(lanes.map((lane) => lane.open(simulator)));
  const nodes = new ResourceClient(admin, NODE_RESOURCE);
  await waitFor('the nodes of all lanes are labelled', async () => {
    const { items } = await nodes.list({ labelSelector: LANE_LABEL });
    const isCapable = ({ metadata }: (typeof items)[number]) =>
      Object.values(CAPABILITY_LABEL).every((label) => metadata.labels?.[label] === 'true');
    return items.filter(isCapable).length === count * NODES.length;
  });
  return lanes;
}

/** What an admin writes on a node that is to count as capable of so much; `null`: nothing. */
export function overrides(capable: Capable): Record<string, string | null> {
  const unless = (isCapable: boolean) => (isCapable ? null : 'false');
  return {
    [OVERRIDE_SOURCE_LABEL]: unless(capable === 'Both' || capable === 'Source'),
    [OVERRIDE_DESTINATION_LABEL]: unless(capable === 'Both' || capable === 'Destination'),
  };
}
