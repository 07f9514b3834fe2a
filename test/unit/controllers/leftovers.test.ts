import { expect, it } from '@jest/globals';
import pino from 'pino';
import type { ControllerDeps } from '../../../src/controllers/deps.ts';
import { reconcileInstance } from '../../../src/controllers/instance/reconcile.ts';
import { Refusals } from '../../../src/controllers/instance/refusals.ts';
import { ACCEPTED } from '../../../src/domain/outcome.ts';
import type { VmKey } from '../../../src/drivers/driver.ts';
import { anObservedVm } from '../../builders/vm.ts';
import { aDriver, aWorld } from '../../builders/world.ts';

it.each([
  { name: 'of a namespace that the operator works in is removed', key: 'team-a/web-1', want: ['web-1'] },
  {
    name: 'of another one is not: its Instance may be there, and is not ours to see',
    key: 'team-b/web-1',
    want: [],
  },
])('a VM without an Instance, $name', async ({ key, want }) => {
  const removed: string[] = [];
  const remove = ({ name }: VmKey) => {
    removed.push(name);
    return Promise.resolve(ACCEPTED);
  };
  const vm = anObservedVm({ instanceUid: 'gone' });
  const driver = { ...aDriver({ vm, capabilities: { followsOwnerReferences: false } }), remove };
  const world = {
    ...aWorld({ serves: (namespace) => namespace === 'team-a' }),
    driverOf: () => driver,
  };
  const deps: Pick<ControllerDeps, 'world' | 'logger' | 'mayAct'> = {
    world,
    logger: pino({ level: 'silent' }),
    mayAct: () => true,
  };

  await reconcileInstance(key, deps as ControllerDeps, new Refusals());

  expect(removed).toEqual(want);
});
