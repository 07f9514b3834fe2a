import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { readVm } from '../support/evidence.ts';
import { raiseStage, type Stage, type StageOptions } from '../support/stage.ts';
import { Play } from './play.ts';

/** The stage of a suite, and who plays on it. */
export interface Scene {
  readonly stage: Stage;
  /** The Instance of the test that runs. */
  readonly play: Play;
  /** Another Instance, named after the suite; what it says is watched until the test is over. */
  readonly act: () => Play;
  /** The VM of `play`, as KubeVirt has it. */
  readonly vm: () => ReturnType<typeof readVm>;
}

const RAISING = 120_000;

/** A stage with KubeVirt for the suite that this is called in, and Instances named `prefix` with a number. */
export function useStage(prefix: string, options: StageOptions = {}): Scene {
  const raised: Stage[] = [];
  const plays: Play[] = [];
  let named = 0;
  const scene: Scene = {
    get stage() {
      return there(raised.at(-1), 'the stage is not raised yet');
    },
    get play() {
      return there(plays.at(-1), 'nobody acts yet');
    },
    act: () => {
      named += 1;
      const play = new Play(scene.stage, `${prefix}-${named}`);
      plays.push(play);
      return play;
    },
    vm: () => readVm(scene.stage.admin, { namespace: scene.stage.namespace, name: scene.play.name }),
  };
  beforeAll(async () => {
    raised.push(await raiseStage('kubevirt', options));
  }, RAISING);
  afterEach(async () => {
    await Promise.all(plays.splice(0).map((play) => play.close()));
  });
  afterAll(async () => {
    await Promise.all(raised.map((stage) => stage.close()));
  }, RAISING);
  return scene;
}

function there<T>(thing: T | undefined, otherwise: string): T {
  if (thing === undefined) throw new Error(otherwise);
  return thing;
}
