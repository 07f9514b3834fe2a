import { expect, it } from '@jest/globals';
import { localDisks } from '../../../../src/drivers/libvirt/local-disks.ts';
import { anOrder, aVolume, domainOf, KEPT, someSettings } from './orders.ts';

const open = { namespaces: ['default'] };
const settings = someSettings({ pools: { fast: open, scratch: { ...open, local: true } } });

function obstacle(fields: Parameters<typeof aVolume>[1]): unknown {
  const data = aVolume('data', { source: { volume: { pool: 'scratch', name: 'web-1-data' } }, ...fields });
  return localDisks(domainOf(anOrder({ disks: [aVolume('root'), data] }), KEPT, settings), settings);
}

it('a VM that writes to a disk that each host has for itself is not migrated, and says which', () => {
  expect(obstacle({})).toEqual({
    reason: 'LocalStorage',
    message:
      'volume "web-1-data" is in storage pool "scratch", which each node has for itself, and storage is not copied',
  });
});

it('one that only reads it, or that is on disks that the hosts share, is', () => {
  expect(obstacle({ device: 'CDROM' })).toBeUndefined();
  expect(obstacle({ source: { volume: { pool: 'fast', name: 'web-1-data' } } })).toBeUndefined();
});
