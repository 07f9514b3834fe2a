import { describe, expect, it } from '@jest/globals';
import { basename } from 'node:path';
import { bridgeName, folderName, keeperOf, namespaceName, portName } from '../../libvirt-hosts/names.ts';

/** The largest that Linux gives to a process, and to a link's name. */
const LARGEST_PID = 4_194_304;
const LONGEST_LINK = 15;

describe('names of what libvirt hosts need', () => {
  it.each([
    ['network namespace', namespaceName(17, 2)],
    ['bridge', bridgeName(17)],
    ['port', portName(17, 2)],
    ['folder', basename(folderName(17))],
  ])('say whose it is: %s', (_what, name) => {
    expect(keeperOf(name)).toBe(17);
  });

  it.each(['lo', 'eth0', 'mvspk', 'medevac-control-plane-17', 'mv17x1', 'medevac-test-17-1', 'veth17'])(
    'are not mistaken: %s',
    (name) => {
      expect(keeperOf(name)).toBeUndefined();
    },
  );

  it('are short enough for links', () => {
    expect(bridgeName(LARGEST_PID).length).toBeLessThanOrEqual(LONGEST_LINK);
    expect(portName(LARGEST_PID, 99).length).toBeLessThanOrEqual(LONGEST_LINK);
  });
});
