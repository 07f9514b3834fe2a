import { afterAll, beforeAll, jest } from '@jest/globals';
import { describeOnHosts } from '../libvirt-hosts/describe-on-hosts.ts';
import type { LibvirtHosts } from '../libvirt-hosts/libvirt-hosts.ts';
import { raiseStage, type Stage } from '../support/stage.ts';
import { GuestPlay } from './guest-play.ts';

const TIMEOUT = 300_000;

/** What the tests of a suite have in common. */
export interface Scene {
  readonly stage: Stage;
  readonly hosts: LibvirtHosts;
  /** An Instance of that name, with disks; what it says is watched until the suite is over. */
  readonly act: (name: string) => Promise<GuestPlay>;
}

/** A suite over a whole operator with kube-scheduler and real hosts, which are started once for all of its tests. */
export function describeOnStage(title: string, suite: (scene: () => Scene) => void): void {
  describeOnHosts(title, () => {
    jest.setTimeout(TIMEOUT);
    const held: { stage?: Stage } = {};
    const plays: GuestPlay[] = [];

    beforeAll(async () => {
      held.stage = await raiseStage('libvirt');
    });

    afterAll(async () => {
      await Promise.all(plays.map((play) => play.close()));
      await held.stage?.close();
    });

    suite(() => {
      const { stage } = held;
      if (stage?.hosts === undefined) throw new Error('the stage is not raised');
      const { hosts } = stage;
      return {
        stage,
        hosts,
        act: async (name) => {
          const play = await GuestPlay.prepare(stage, hosts, name);
          plays.push(play);
          return play;
        },
      };
    });
  });
}
