import { withFields } from '../../builders/fields.ts';
import { anInstance, aRescue, aTemplatedInstance } from '../../builders/instance.ts';
import { aLiveMigration } from '../../builders/live-migration.ts';
import { instance, type Case, type Fields, type UpdateCase } from './case.ts';

const updated = (name: string, before: Case['object'], fields: Fields, want: Case['want']): UpdateCase => ({
  name,
  before,
  object: withFields(before, fields),
  want,
});

const UNKNOWN_NETWORK = {
  path: 'spec.identity.macAddresses',
  message:
    'macAddresses are those of spec.networks, by their names; in a kubevirt.template an interface has its own macAddress',
};
const macAddresses = { default: '02:00:00:00:00:0a' };

/** What is refused when it is created, and may stay where it is there: only the API server can tell the two apart. */
export const CREATE_CASES: readonly Case[] = [
  instance('with the MAC address of its network', { 'spec.identity': { macAddresses } }, 'accepted'),
  instance(
    'with the MAC address of a network that it does not have',
    { 'spec.identity': { macAddresses: { ...macAddresses, storage: '02:00:00:00:00:0b' } } },
    UNKNOWN_NETWORK,
  ),
  instance(
    'with a MAC address and without networks',
    { 'spec.identity': { macAddresses }, 'spec.networks': undefined },
    UNKNOWN_NETWORK,
  ),
  {
    name: 'a templated Instance with a MAC address beside its template',
    object: withFields(aTemplatedInstance(), { 'spec.identity': { macAddresses } }),
    want: UNKNOWN_NETWORK,
  },
];

const DRIVER = { path: 'spec.driver', message: 'driver is immutable' };
const IDENTITY = { path: 'spec.identity', message: 'identity is immutable' };
const moving = aLiveMigration({
  spec: { destination: { nodeName: 'node-c' }, policy: { bandwidth: '1Gi' } },
});
const identified = anInstance({ spec: { driver: 'kubevirt', identity: { serial: 'SN-1' } } });

export const UPDATE_CASES: readonly UpdateCase[] = [
  updated('hardware may change', identified, { 'spec.cpu': { cores: 4 }, 'spec.memory': '2Gi' }, 'accepted'),
  updated('a rescue may begin', identified, { 'spec.rescue': aRescue() }, 'accepted'),
  updated('a driver cannot change', identified, { 'spec.driver': 'libvirt' }, DRIVER),
  updated('a driver cannot be taken away', identified, { 'spec.driver': undefined }, DRIVER),
  updated('a driver cannot be added', anInstance(), { 'spec.driver': 'kubevirt' }, DRIVER),
  updated('an identity cannot change', identified, { 'spec.identity.serial': 'SN-2' }, IDENTITY),
  updated('an identity cannot be taken away', identified, { 'spec.identity': undefined }, IDENTITY),
  updated('an identity cannot be added', anInstance(), { 'spec.identity': { serial: 'SN-1' } }, IDENTITY),
  updated(
    'a network may go, and its MAC address stay: it can come back',
    anInstance({ spec: { identity: { macAddresses } } }),
    { 'spec.networks': undefined },
    'accepted',
  ),
  updated('a migration can be aborted', moving, { 'spec.abort': true }, 'accepted'),
  updated('a migration can be forced', moving, { 'spec.forceComplete': true }, 'accepted'),
  updated(
    'an abort cannot be taken back',
    withFields(moving, { 'spec.abort': true }),
    { 'spec.abort': false },
    { path: 'spec.abort', message: 'abort cannot be taken back' },
  ),
  updated(
    'an abort cannot be left out again',
    withFields(moving, { 'spec.abort': true }),
    { 'spec.abort': undefined },
    { path: 'spec.abort', message: 'abort cannot be taken back' },
  ),
  updated(
    'a force cannot be taken back',
    withFields(moving, { 'spec.forceComplete': true }),
    { 'spec.forceComplete': false },
    { path: 'spec.forceComplete', message: 'forceComplete cannot be taken back' },
  ),
  updated(
    'a migration cannot become that of another Instance',
    moving,
    { 'spec.instanceName': 'web-2' },
    { path: 'spec.instanceName', message: 'instanceName is immutable' },
  ),
  updated(
    'a migration cannot get another destination',
    moving,
    { 'spec.destination.nodeName': 'node-d' },
    { path: 'spec.destination', message: 'destination is immutable' },
  ),
  updated(
    'a migration cannot lose its destination',
    moving,
    { 'spec.destination': undefined },
    { path: 'spec.destination', message: 'destination is immutable' },
  ),
  updated(
    'a migration cannot get another policy',
    moving,
    { 'spec.policy.bandwidth': '2Gi' },
    { path: 'spec.policy', message: 'policy is immutable' },
  ),
  updated(
    'a migration cannot get a policy later',
    aLiveMigration(),
    { 'spec.policy': { postCopy: true } },
    { path: 'spec.policy', message: 'policy is immutable' },
  ),
];
