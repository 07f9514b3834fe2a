import { describe, expect, it } from '@jest/globals';
import { findUnfinished, migrationFrom } from '../../../src/cli/migration-order.ts';
import { rescueApply, rescueFrom } from '../../../src/cli/rescue-order.ts';
import { complaintOf, invocationOf } from './invocations.ts';
import { aMigrationObject, anInstanceObject } from './objects.ts';

const rescue = (...flags: string[]) => rescueFrom(invocationOf('rescue', 'web-1', ...flags));
const migrate = (...flags: string[]) => migrationFrom(invocationOf('migrate', 'web-1', ...flags));

const ONE_SOURCE =
  'Name one rescue system: --image IMAGE, --claim CLAIM, or --volume POOL/NAME with the driver libvirt.';

describe('spec.rescue from flags', () => {
  it.each([
    [['--image', 'a/b:1'], { source: { containerDisk: { image: 'a/b:1' } } }],
    [['--claim', 'tools'], { source: { persistentVolumeClaim: { claimName: 'tools' } } }],
    [['--volume', 'pool/disk'], { source: { volume: { pool: 'pool', name: 'disk' } } }],
    [
      ['--image', 'a/b:1', '--expires-after', '4h', '--on-expiry', 'Stop', '--credentials', 'login'],
      {
        source: { containerDisk: { image: 'a/b:1' } },
        expiresAfter: '4h',
        onExpiry: 'Stop',
        credentials: { secretName: 'login' },
      },
    ],
    [
      ['--image', 'a/b:1', '--device', 'Disk', '--bus', 'scsi'],
      { source: { containerDisk: { image: 'a/b:1' } }, device: 'Disk', bus: 'scsi' },
    ],
  ])('%j', (flags, want) => {
    expect(rescue(...flags)).toEqual(want);
  });

  it.each([
    [[], ONE_SOURCE],
    [['--image', 'a/b:1', '--claim', 'tools'], ONE_SOURCE],
    [
      ['--image', 'docker://a/b'],
      "--image docker://a/b can't be used. Write a reference without a scheme, such as registry.example/rescue@sha256:….",
    ],
    [['--claim', 'A'], "--claim A can't be used. Write the name of a PersistentVolumeClaim."],
    [['--volume', 'disk'], "--volume disk can't be used. Write POOL/NAME of a libvirt volume."],
    [
      ['--image', 'a/b:1', '--expires-after', '4x'],
      "--expires-after 4x can't be used. Write hours, minutes and seconds, such as 4h or 1h30m.",
    ],
    [
      ['--image', 'a/b:1', '--bus', 'virtio'],
      "--bus virtio can't be used. A CDROM can be on sata, scsi or usb, not on virtio.",
    ],
    [
      ['--image', 'a/b:1', '--credentials', 'No'],
      "--credentials No can't be used. Write the name of a Secret.",
    ],
  ])('%j is refused', (flags, wantMessage) => {
    expect(complaintOf(() => rescue(...flags))).toEqual({ message: wantMessage, exitCode: 2 });
  });

  it('is all that is applied, beside the uid without which a lost name would be made anew', () => {
    const metadata = { namespace: 'team-a', name: 'web-1', uid: 'aaaaaaaa-0000-4000-8000-000000000001' };
    const source = { containerDisk: { image: 'a/b:1' } };
    expect(rescueApply(anInstanceObject(), { source })).toEqual({ metadata, spec: { rescue: { source } } });
    expect(rescueApply(anInstanceObject(), undefined)).toEqual({ metadata });
  });
});

describe('a LiveMigration from flags', () => {
  it.each([
    [[], { instanceName: 'web-1' }],
    [['--to', 'node-b'], { instanceName: 'web-1', destination: { nodeName: 'node-b' } }],
    [
      ['-l', 'zone=a,disk=fast', '-l', 'gen=2'],
      { instanceName: 'web-1', destination: { nodeSelector: { zone: 'a', disk: 'fast', gen: '2' } } },
    ],
    [
      ['--completion-timeout', '30m', '--on-timeout', 'ForceComplete', '--bandwidth', '1Gi', '--post-copy'],
      {
        instanceName: 'web-1',
        policy: { completionTimeout: '30m', onTimeout: 'ForceComplete', bandwidth: '1Gi', postCopy: true },
      },
    ],
    [['--auto-converge'], { instanceName: 'web-1', policy: { autoConverge: true } }],
  ])('%j', (flags, want) => {
    expect(migrate(...flags)).toEqual(want);
  });

  it.each([
    [['--to', 'N'], "--to N can't be used. Write the name of a node."],
    [['--to', 'node-b', '-l', 'a=1'], 'Name a node with --to, or its labels with --selector, not both.'],
    [['-l', 'zone'], "--selector zone can't be used. Write LABEL=VALUE."],
    [
      ['--completion-timeout', '5'],
      "--completion-timeout 5 can't be used. Write hours, minutes and seconds, such as 30m.",
    ],
    [['--bandwidth', 'much'], "--bandwidth much can't be used. Write bytes per second, such as 1Gi."],
  ])('%j is refused', (flags, wantMessage) => {
    expect(complaintOf(() => migrate(...flags))).toEqual({ message: wantMessage, exitCode: 2 });
  });
});

describe('the migration that is meant', () => {
  const over = aMigrationObject({ metadata: { name: 'web-1-old' }, status: { phase: 'Succeeded' } });
  const running = aMigrationObject();
  const find = (name: string) => findUnfinished([over, running], name, 'team-a');

  it('is that of the Instance, or of that name', () => {
    expect(find('web-1')).toBe(running);
    expect(find('web-1-away')).toBe(running);
  });

  it.each([
    ['web-1-old', 'LiveMigration team-a/web-1-old is over already: it is Succeeded.'],
    [
      'web-2',
      'Nothing is being migrated by the name team-a/web-2. kubectl medevac list shows what is, in the column MIGRATION.',
    ],
  ])('is not %s', (name, wantMessage) => {
    expect(complaintOf(() => find(name))).toEqual({ message: wantMessage, exitCode: 1 });
  });
});
