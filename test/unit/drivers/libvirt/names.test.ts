import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { domainName, keyOfDomain } from '../../../../src/drivers/libvirt/names.ts';

const label = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);

describe('the name of a domain', () => {
  it('is the namespace and the name of the VM', () => {
    expect(domainName({ namespace: 'team-a', name: 'web-1' })).toBe('team-a.web-1');
  });

  it('can be read back, so two VMs never share one', () => {
    fc.assert(
      fc.property(label, label, (namespace, name) => {
        expect(keyOfDomain(domainName({ namespace, name }))).toEqual({ namespace, name });
      }),
    );
  });

  it.each([
    { what: 'begins like an option', key: { namespace: '--all', name: 'web-1' } },
    { what: 'has a blank', key: { namespace: 'team a', name: 'web-1' } },
    { what: 'has a dot in its namespace', key: { namespace: 'team.a', name: 'web-1' } },
    { what: 'would be another command', key: { namespace: 'team-a', name: 'web-1; destroy x' } },
    { what: 'is empty', key: { namespace: 'team-a', name: '' } },
  ])('is never made where it $what', ({ key }) => {
    expect(() => domainName(key)).toThrow('is no name of a VM');
  });

  it.each(['web-1', 'a.b.c', 'Team.web', '.web', "a.b'", 'a.b\n', '--x.y'])(
    'is none of ours where somebody has called it %j',
    (domain) => {
      expect(keyOfDomain(domain)).toBeUndefined();
    },
  );
});
