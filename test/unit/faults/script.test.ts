import { describe, expect, it } from '@jest/globals';
import { scriptOf, told } from '../../faults/random/script.ts';
import { readSettings, toldSettings } from '../../faults/random/settings.ts';

const cast = { names: ['vm-1', 'vm-2'], nodes: ['node-a'] } as const;

describe('the script of a random run', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(scriptOf(7, 50, cast)).toEqual(scriptOf(7, 50, cast));
    expect(scriptOf(8, 50, cast)).not.toEqual(scriptOf(7, 50, cast));
  });

  it('is the beginning of a longer one', () => {
    expect(scriptOf(7, 200, cast).slice(0, 50)).toEqual(scriptOf(7, 50, cast));
  });

  it('has all kinds of actions, and heals about as often as it breaks', () => {
    const kinds = scriptOf(1, 1000, cast).map(({ action }) => action.kind);
    const count = (kind: string) => kinds.filter((one) => one === kind).length;

    expect(new Set(kinds).size).toBe(16);
    expect(Math.abs(count('break') - count('heal'))).toBeLessThan(3);
    expect(Math.abs(count('silence virt-api') - count('wake virt-api'))).toBeLessThan(2);
  });

  it('is told in lines that can be read', () => {
    expect(told({ action: { kind: 'delete', name: 'vm-3', what: 'Pod' }, events: 4 }, 17)).toBe(
      '17 delete vm-3 Pod, after 4 events',
    );
  });

  it('is set by the environment, and says how to set it again', () => {
    const environment = { MEDEVAC_RANDOM_SEED: '9', MEDEVAC_RANDOM_STEPS: '3,17' };

    expect(readSettings(environment)).toEqual({ seed: 9, actions: 150, instances: 12, steps: [3, 17] });
    expect(toldSettings(readSettings(environment))).toBe(
      'MEDEVAC_RANDOM_SEED=9 MEDEVAC_RANDOM_ACTIONS=150 MEDEVAC_RANDOM_INSTANCES=12 MEDEVAC_RANDOM_STEPS=3,17',
    );
  });
});
