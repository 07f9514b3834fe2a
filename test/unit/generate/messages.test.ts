import { describe, expect, it } from '@jest/globals';
import { admissionPolicies, destinationNodePolicy } from '../../../scripts/generate/admission-policies.ts';
import type { MessageCase, MessageGroup } from '../../../scripts/generate/messages/cases.ts';
import { messagesPage, REFUSALS, WARNINGS } from '../../../scripts/generate/messages/page.ts';
import { reasonsByCondition, reasonsOfUnion } from '../../../scripts/generate/messages/reasons.ts';
import { InstanceState } from '../../../src/api/instance.ts';
import { refusalSites, warningSites } from './text-sites.ts';

const casesOf = (groups: readonly MessageGroup[]): MessageCase[] => groups.flatMap(({ cases }) => [...cases]);

const refusals = casesOf(REFUSALS);
const refusalTexts = refusals.map(({ answer }) => ('message' in answer ? answer.message : ''));
const warningTexts = casesOf(WARNINGS).flatMap(({ answer }) => ('warnings' in answer ? answer.warnings : []));

describe('docs/messages.md has', () => {
  it.each(refusalSites())('a case of the refusal at $where', ({ text }) => {
    expect(refusalTexts).toContainEqual(expect.stringMatching(text));
  });

  it.each(warningSites())('a case of the warning at $where', ({ text }) => {
    expect(warningTexts).toContainEqual(expect.stringMatching(text));
  });

  it.each(reasonsOfUnion('domain/verdict.ts', 'RefusalReason'))('a case of $reason', ({ reason }) => {
    expect(refusals.map(({ answer }) => ('reason' in answer ? answer.reason : ''))).toContain(reason);
  });

  it('no case that is let in where it should be refused, or the other way round', () => {
    expect(refusals.map(({ when, answer }) => [when, answer.kind])).toEqual(
      refusals.map(({ when }) => [when, 'Refused']),
    );
    expect(warningTexts).toHaveLength(casesOf(WARNINGS).length);
  });

  it('no text twice', () => {
    expect(new Set(refusalTexts).size).toBe(refusalTexts.length);
  });

  it('every text on its page', () => {
    const page = messagesPage();
    expect([...refusalTexts, ...warningTexts].filter((text) => !page.includes(`\n${text}\n`))).toEqual([]);
  });

  it('a case of each admission policy that can be installed', () => {
    const policies = [...admissionPolicies(), ...destinationNodePolicy()];
    const names = policies.flatMap(({ kind, metadata }) =>
      kind === 'ValidatingAdmissionPolicy' ? metadata.name : [],
    );
    expect(
      names.map((name) => refusalTexts.filter((text) => text.includes(`Policy '${name}'`)).length),
    ).toEqual(names.map(() => 1));
  });
});

describe('the texts', () => {
  it.each([...refusalTexts, ...warningTexts])(
    'name what they speak of, and end with what to do: %s',
    (text) => {
      expect(text).toMatch(
        /(NAMESPACE\/INSTANCE\b.*[.]$)|(^(Instance|LiveMigration)\.spec\..*\.$)|^(instances|livemigrations)\.compute\.medevac\.dev "(INSTANCE|MIGRATION)" is forbidden: /s,
      );
    },
  );
});

describe('the reasons', () => {
  const ofInstance = reasonsByCondition('domain/instance/reasons.ts', 'InstanceReasons');

  it('of Ready are all states of an Instance, what is in the way, and why it stalls', () => {
    const reasonsOf = (...types: string[]) =>
      types.flatMap((type) => ofInstance.get(type) ?? []).map(({ reason }) => reason);
    const others = reasonsOf('Reconciling', 'Stalled').filter(
      (reason) => !['Settled', 'NotStalled'].includes(reason),
    );
    expect(reasonsOf('Ready').toSorted()).toEqual(
      [...new Set([...InstanceState.options, ...others])].toSorted(),
    );
  });

  it('have their doc comment behind them, or before', () => {
    expect(ofInstance.get('RestartPending')).toEqual([
      { reason: 'SpecChanged', doc: 'The spec was changed; the next boot takes it up.' },
      {
        reason: 'Adopted',
        doc: 'The VM was taken over as somebody else had made it; the next boot is as the spec says.',
      },
      {
        reason: 'Drifted',
        doc: 'Somebody has changed what is stored of the VM; the next boot puts it right.',
      },
      {
        reason: 'MigrationInProgress',
        doc: 'The VM is being migrated: the boot or stop that is asked for is carried out afterwards.',
      },
      { reason: 'UpToDate', doc: 'The VM runs as its spec says.' },
    ]);
  });

  it('without a doc comment are no reasons', () => {
    expect(() => reasonsOfUnion('domain/observed.ts', 'Power')).toThrow(
      "reason 'On' has no doc comment behind it",
    );
  });
});
