import { expect, it } from '@jest/globals';
import { ACCEPTED } from '../../src/domain/outcome.ts';
import { waitFor } from '../support/wait.ts';
import { describeOnBench } from './on-bench.ts';

/** So many looks at a migration are enough to judge it. */
const LOOKS = 3;

// An old leader that was paused does not know at once that another one leads.
describeOnBench('two operators that both act', 2, (theatre) => {
  it('a migration that has not begun yet is not given up by the one that has not ordered it', async () => {
    const { bench, begin, boot } = theatre();
    const vm = await boot('normal');
    const leader = await begin();
    const other = await begin();
    const { bootId } = await bench.guest(vm.key);
    const order = leader.migration(vm);
    const release = leader.virsh.hold('migrate');
    expect(await leader.driver.migrate(order)).toEqual(ACCEPTED);
    await other.untilMigration(order, 'the other one sees the migration', () => true);
    const seen = other.virsh.calls;
    await waitFor('it has looked at it', () => other.virsh.calls >= seen + LOOKS, { timeoutMs: 30_000 });
    release();
    expect(await leader.endOf(order)).toMatchObject({ phase: 'Succeeded' });
    expect(await other.endOf(order)).toMatchObject({ phase: 'Succeeded' });
    expect(await bench.guest(vm.key)).toMatchObject({ bootId });
    expect(await leader.driver.remove(vm.key)).toEqual(ACCEPTED);
  });
});
