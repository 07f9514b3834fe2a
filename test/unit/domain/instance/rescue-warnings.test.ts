import { describe, expect, it } from '@jest/globals';
import { rescueWarnings } from '../../../../src/domain/instance/rescue-warnings.ts';
import { aDisk, aRescue } from '../../../builders/instance.ts';
import { aSpec, type SpecFields } from '../../../builders/vm.ts';

const NOT_SHARED =
  'Instance team-a/web-1 can be live-migrated while it is rescued only if claim "rescue" is ReadWriteMany. ' +
  'If it is not, rescue from a containerDisk.';
const TWICE =
  'Instance team-a/web-1 is rescued from the image of its own root disk "root": both have the same filesystem ids, ' +
  'so the rescue system may mount the disk that is to be repaired as its own. Use another image.';

const image = { containerDisk: { image: 'registry.example/os:1' } };
const claim = { persistentVolumeClaim: { claimName: 'rescue' } };
const fromClaim: SpecFields = { rescue: aRescue({ source: claim }) };
const seed = { ...aDisk({ name: 'seed', source: { cloudInit: { secretName: 'login' } } }) };

describe('warnings of a rescue', () => {
  const table: { name: string; before?: SpecFields; after: SpecFields; want: string[] }[] = [
    { name: 'there is no rescue', after: {}, want: [] },
    { name: 'it boots from an image of its own', after: { rescue: aRescue() }, want: [] },
    { name: 'it boots from a claim', after: fromClaim, want: [NOT_SHARED] },
    { name: 'it boots from a claim, which is new', before: {}, after: fromClaim, want: [NOT_SHARED] },
    {
      name: 'it boots from another claim than before',
      before: {
        rescue: aRescue({ source: { persistentVolumeClaim: { claimName: 'old' } } }),
      },
      after: fromClaim,
      want: [NOT_SHARED],
    },
    {
      name: 'it boots from the claim that it booted from before, with another lease',
      before: fromClaim,
      after: { rescue: aRescue({ source: claim, expiresAfter: '4h' }) },
      want: [],
    },
    {
      name: 'it boots from the image of the root disk',
      after: { disks: [aDisk({ source: image })], rescue: aRescue({ source: image }) },
      want: [TWICE],
    },
    {
      name: 'it boots from the image of the root disk, which comes after the seed',
      after: { disks: [seed, aDisk({ source: image })], rescue: aRescue({ source: image }) },
      want: [TWICE],
    },
    {
      name: 'it boots from the image of a data disk',
      after: {
        disks: [aDisk(), aDisk({ name: 'data', source: image })],
        rescue: aRescue({ source: image }),
      },
      want: [],
    },
    {
      name: 'it boots from the claim of the root disk',
      after: { disks: [aDisk({ source: claim })], rescue: aRescue({ source: claim }) },
      want: [NOT_SHARED, TWICE],
    },
  ];

  it.each(table)('$name', ({ before, after, want }) => {
    const change = { before: before && aSpec(before), after: aSpec(after) };
    expect(rescueWarnings({ namespace: 'team-a', name: 'web-1', ...change })).toEqual(want);
  });
});
