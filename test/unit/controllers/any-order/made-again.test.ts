import { expect, it } from '@jest/globals';
import { FIRST_SPEC } from './edits.ts';
import { Ground } from './ground.ts';

it('an Instance that is made again before its deletion was seen gets a VM of its own', async () => {
  const ground = new Ground(undefined);
  ground.apply('vm', FIRST_SPEC);
  await ground.pass(60_000);
  await ground.remove('vm');
  ground.apply('vm', FIRST_SPEC);
  await ground.pass(60_000);

  const instance = ground.instance('vm');
  expect(instance?.status?.state).toBe('Running');
  expect(ground.cluster.vm('vm')?.ownership).toMatchObject({ uid: instance?.metadata.uid });
  expect(ground.wrong()).toEqual([]);
  await ground.cluster.close();
});
