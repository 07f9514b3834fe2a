/** What a run is: set by the environment, so that a run can be repeated, made longer, or cut down to the steps that matter. */
export interface Settings {
  readonly seed: number;
  readonly actions: number;
  readonly instances: number;
  /** Only these steps of the script; empty: all. */
  readonly steps: readonly number[];
}

export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const number = (name: string, otherwise: number) =>
    Number(environment[`MEDEVAC_RANDOM_${name}`] ?? otherwise);
  return {
    seed: number('SEED', 1),
    actions: number('ACTIONS', 150),
    instances: number('INSTANCES', 12),
    steps: (environment['MEDEVAC_RANDOM_STEPS'] ?? '')
      .split(',')
      .filter((step) => step !== '')
      .map(Number),
  };
}

/** How to repeat a run. */
export function toldSettings({ seed, actions, instances, steps }: Settings): string {
  const only = steps.length === 0 ? '' : ` MEDEVAC_RANDOM_STEPS=${steps.join(',')}`;
  return `MEDEVAC_RANDOM_SEED=${seed} MEDEVAC_RANDOM_ACTIONS=${actions} MEDEVAC_RANDOM_INSTANCES=${instances}${only}`;
}
