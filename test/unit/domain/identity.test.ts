import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ResolvedIdentity } from '../../../src/api/instance.ts';
import { diskSerial, resolveIdentity } from '../../../src/domain/identity.ts';
import { aSpec, INSTANCE_UID } from '../../builders/vm.ts';

const ASKED = {
  firmwareUUID: '11111111-1111-4111-8111-111111111111',
  serial: 'asked',
  macAddresses: { default: '02:00:00:00:00:01' },
};
const FROZEN: ResolvedIdentity = {
  firmwareUUID: '22222222-2222-4222-8222-222222222222',
  serial: 'frozen',
  macAddresses: { default: '02:00:00:00:00:02' },
};
const OF_VM: ResolvedIdentity = {
  firmwareUUID: '33333333-3333-4333-8333-333333333333',
  serial: 'of-vm',
  macAddresses: { default: '02:00:00:00:00:03' },
};
const NOTHING = { uid: INSTANCE_UID, spec: aSpec(), frozen: undefined, ofVm: undefined };

describe('the identity of an Instance', () => {
  it.each([
    {
      name: 'is derived from its uid where nothing else is known',
      sources: NOTHING,
      want: { firmwareUUID: INSTANCE_UID, serial: INSTANCE_UID },
    },
    {
      name: 'is what the spec asks for',
      sources: { ...NOTHING, spec: aSpec({ identity: ASKED }) },
      want: ASKED,
    },
    {
      name: 'takes the serial from the firmware UUID that is asked for',
      sources: { ...NOTHING, spec: aSpec({ identity: { firmwareUUID: ASKED.firmwareUUID } }) },
      want: { firmwareUUID: ASKED.firmwareUUID, serial: ASKED.firmwareUUID },
    },
    {
      name: 'is that of the VM that is there already',
      sources: { ...NOTHING, ofVm: OF_VM },
      want: OF_VM,
    },
    {
      name: 'is what the spec asks for, also where a VM is there already',
      sources: { ...NOTHING, spec: aSpec({ identity: ASKED }), ofVm: OF_VM },
      want: ASKED,
    },
    {
      name: 'is what was frozen, whatever the VM and the spec say: a guest keeps what it has seen',
      sources: { ...NOTHING, spec: aSpec({ identity: ASKED }), frozen: FROZEN, ofVm: OF_VM },
      want: FROZEN,
    },
  ])('$name', ({ sources, want }) => {
    expect(resolveIdentity(sources)).toMatchObject(want);
  });

  it('gives a network that comes later an address, and leaves the others theirs', () => {
    const spec = aSpec({ networks: ['default', 'late'].map((name) => ({ name, podNetwork: {} })) });
    const { macAddresses } = resolveIdentity({ ...NOTHING, spec, frozen: FROZEN });
    expect(macAddresses).toEqual({
      default: '02:00:00:00:00:02',
      late: expect.stringMatching(/^02(:[0-9a-f]{2}){5}$/),
    });
  });

  it('forgets the address of a network that is gone', () => {
    const spec = aSpec({ networks: [{ name: 'other', podNetwork: {} }] });
    const { macAddresses } = resolveIdentity({ ...NOTHING, spec, frozen: FROZEN });
    expect(Object.keys(macAddresses)).toEqual(['other']);
  });

  it('frozen, is the same when it is resolved again', () => {
    const first = resolveIdentity(NOTHING);
    expect(resolveIdentity({ ...NOTHING, uid: 'another', frozen: first })).toEqual(first);
  });

  it('has local unicast addresses that differ by Instance and network', () => {
    const networks = ['a', 'b'].map((name) => ({ name, podNetwork: {} }));
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), (one, two) => {
        fc.pre(one !== two);
        const macs = [one, two].flatMap((uid) =>
          Object.values(resolveIdentity({ ...NOTHING, uid, spec: aSpec({ networks }) }).macAddresses),
        );
        expect(new Set(macs).size).toBe(4);
        for (const mac of macs) expect(mac).toMatch(/^02(:[0-9a-f]{2}){5}$/);
      }),
      { numRuns: 20 },
    );
  });
});

describe('the serial of a disk', () => {
  it('fits into a virtio disk, and differs by machine and disk', () => {
    const serials = [diskSerial(FROZEN, 'root'), diskSerial(FROZEN, 'data'), diskSerial(OF_VM, 'root')];
    expect(new Set(serials).size).toBe(3);
    for (const serial of serials) expect(serial.length).toBeLessThanOrEqual(20);
  });

  it('does not depend on anything that may change', () => {
    const moved = { ...FROZEN, serial: 'other', macAddresses: {} };
    expect(diskSerial(moved, 'root')).toBe(diskSerial(FROZEN, 'root'));
  });
});
