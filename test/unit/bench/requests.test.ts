import { describe, expect, it } from '@jest/globals';
import { activityIn, countRequests, total } from '../../../bench/measure/requests.ts';
import type { AuditEvent } from '../../control-plane/audit-log.ts';

const OURS = 'system:serviceaccount:bench-peers:ours';

function anEvent(verb: string, objectRef?: AuditEvent['objectRef'], username = OURS): AuditEvent {
  return {
    auditID: 'id',
    stage: 'ResponseComplete',
    requestURI: '/',
    verb,
    user: { username },
    requestReceivedTimestamp: '',
    stageTimestamp: '',
    ...(objectRef && { objectRef }),
  };
}

describe('requests of a contender', () => {
  it('are counted by verb, resource and subresource', () => {
    const events = [
      anEvent('patch', { resource: 'virtualmachines' }),
      anEvent('patch', { resource: 'instances', subresource: 'status' }),
      anEvent('patch', { resource: 'instances', subresource: 'status' }),
    ];
    expect(countRequests(events, OURS)).toEqual({
      work: { 'patch instances/status': 2, 'patch virtualmachines': 1 },
      aside: {},
    });
  });

  it.each([
    { name: 'a list', event: anEvent('list', { resource: 'instances' }), want: 'list instances' },
    { name: 'a watch', event: anEvent('watch', { resource: 'instances' }), want: 'watch instances' },
    { name: 'a Lease', event: anEvent('update', { resource: 'leases' }), want: 'update leases' },
    { name: 'an Event', event: anEvent('create', { resource: 'events' }), want: 'create events' },
    { name: 'discovery', event: anEvent('get'), want: 'get (no object)' },
  ])('$name is counted apart: no transition costs it', ({ event, want }) => {
    expect(countRequests([event], OURS)).toEqual({ work: {}, aside: { [want]: 1 } });
  });

  it('a read is work: a cache would have known it', () => {
    expect(countRequests([anEvent('get', { resource: 'instances' })], OURS).work).toEqual({
      'get instances': 1,
    });
  });

  it('of others are not counted', () => {
    const events = [anEvent('patch', { resource: 'virtualmachines' }, 'admin')];
    expect(countRequests(events, OURS)).toEqual({ work: {}, aside: {} });
  });

  it('show by Events, too, that there is something to do, but not by watches and Leases', () => {
    const idle = [
      anEvent('list', { resource: 'instances' }),
      anEvent('watch', { resource: 'instances' }),
      anEvent('update', { resource: 'leases' }),
    ];
    const busy = [
      anEvent('create', { resource: 'events' }),
      anEvent('patch', { resource: 'virtualmachines' }),
    ];
    expect(activityIn(countRequests(idle, OURS))).toBe(0);
    expect(activityIn(countRequests([...idle, ...busy], OURS))).toBe(2);
  });

  it('are added up', () => {
    expect(total({ 'patch a': 2, 'create b': 1 })).toBe(3);
    expect(total({})).toBe(0);
  });
});
