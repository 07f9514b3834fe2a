import { describe, expect, it } from '@jest/globals';
import { ACCEPTED } from '../../../../src/domain/outcome.ts';
import { isTooLateToAbort, outcomeOf } from '../../../../src/drivers/libvirt/outcome.ts';
import { errorsIn } from '../../../../src/drivers/libvirt/virsh.ts';

/** Messages of libvirt 9.0, as virsh prints them. */
const rows = [
  { want: 'NotFound', message: "failed to get domain 'team-a.web-1'" },
  { want: 'NotFound', message: "Domain not found: no domain with matching name 'team-a.web-1'" },
  {
    want: 'Busy',
    message:
      'Timed out during operation: cannot acquire state change lock (held by monitor=remoteDispatchDomainMigratePerform3Params)',
  },
  {
    want: 'Unavailable',
    message: 'failed to connect to the hypervisor: unable to connect to server at 10.0.0.1:16514',
  },
  { want: 'Unavailable', message: 'Disconnected from qemu+tls://node-a/system due to keepalive timeout' },
  { want: 'Unavailable', message: 'End of file while reading data: Input/output error' },
  { want: 'Unsupported', message: 'Operation not supported: no' },
  { want: 'Rejected', message: 'Unsafe migration: Migration without shared storage is unsafe' },
  { want: 'Rejected', message: "Storage volume not found: no storage vol with matching name 'a'" },
];

describe('what a failure of virsh means', () => {
  it.each(rows)('$message: $want', ({ message, want }) => {
    expect(outcomeOf({ kind: 'Failed', message }, 'VM team-a/web-1')).toEqual({
      kind: want,
      message: `VM team-a/web-1: libvirt says: ${message}`,
    });
  });

  it('of an order to abort: whether the guest runs at the destination already', () => {
    const message = 'Requested operation is not valid: cannot abort migration in post-copy mode';
    expect(isTooLateToAbort({ kind: 'Failed', message })).toBe(true);
    expect(isTooLateToAbort({ kind: 'Failed', message: 'no job is active on the domain' })).toBe(false);
    expect(isTooLateToAbort({ kind: 'TimedOut' })).toBe(false);
  });

  it('no answer: Unavailable', () => {
    expect(outcomeOf({ kind: 'TimedOut' }, 'VM team-a/web-1')).toEqual({
      kind: 'Unavailable',
      message: 'VM team-a/web-1: libvirt did not answer in time.',
    });
  });

  it('no failure: Accepted', () => {
    expect(outcomeOf({ kind: 'Done', stdout: '' }, '')).toEqual(ACCEPTED);
  });

  it('is told in one line, from all that virsh has said', () => {
    expect(errorsIn('error: Failed to start\nerror: no such volume\n\n')).toBe(
      'Failed to start: no such volume',
    );
  });
});
