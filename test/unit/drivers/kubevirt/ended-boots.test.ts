import { beforeEach, describe, expect, it } from '@jest/globals';
import { EndedBoots } from '../../../../src/drivers/kubevirt/ended-boots.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const KEY = { namespace: 'vms', name: 'vm-a' };
const A_MINUTE = 60_000;

describe('a boot whose end was asked for, where the answer was lost', () => {
  let clock: FakeClock;
  let ended: EndedBoots;
  let looks: number;
  /** What the API server answers. */
  let answer: () => Promise<boolean>;

  beforeEach(() => {
    clock = new FakeClock();
    looks = 0;
    answer = () => Promise.resolve(true);
    const look = () => {
      looks += 1;
      return answer();
    };
    ended = new EndedBoots({ clock, look, onChange: () => undefined });
    ended.note(KEY, 'boot-1');
    ended.doubt(KEY, 'boot-1');
  });

  it('counts as ended as long as that may be on its way', async () => {
    await clock.advance(A_MINUTE - 1);
    expect([ended.of(KEY), looks]).toEqual(['boot-1', 0]);
  });

  it('is looked at once then, and is as it is seen', async () => {
    await clock.advance(10 * A_MINUTE);
    expect([ended.of(KEY), looks]).toEqual([undefined, 1]);
  });

  it('counts as ended where nothing runs: its watch tells of it', async () => {
    answer = () => Promise.resolve(false);
    await clock.advance(10 * A_MINUTE);
    expect([ended.of(KEY), looks]).toEqual(['boot-1', 1]);
  });

  it('counts as ended until the API server answers', async () => {
    answer = () => Promise.reject(new Error('nobody answers'));
    await clock.advance(A_MINUTE);
    answer = () => Promise.resolve(true);
    await clock.advance(A_MINUTE - 1);
    expect(ended.of(KEY)).toBe('boot-1');
    await clock.advance(1);
    expect(ended.of(KEY)).toBeUndefined();
  });

  it('is asked about no more when it is over, nor when the next one is ended', async () => {
    ended.forget(KEY, 'boot-1');
    ended.note(KEY, 'boot-2');
    await clock.advance(A_MINUTE);
    expect([ended.of(KEY), looks]).toEqual(['boot-2', 0]);
  });

  it('keeps no process alive that is to end, nor does one that comes later', () => {
    ended.close();
    ended.note(KEY, 'boot-2');
    ended.doubt(KEY, 'boot-2');
    expect(clock.pending).toBe(0);
  });
});
