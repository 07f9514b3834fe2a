import { describe, expect, it } from '@jest/globals';
import { parseReview, reviewOf, type Answer } from '../../../src/webhooks/review.ts';
import { withFields } from '../../builders/fields.ts';
import { aReview } from './reviews.ts';

describe('an answer becomes an AdmissionReview', () => {
  const table: { answer: Answer; wantResponse: object }[] = [
    { answer: { kind: 'Admitted', warnings: [] }, wantResponse: { allowed: true } },
    {
      answer: { kind: 'Admitted', warnings: ['mind the gap'] },
      wantResponse: { allowed: true, warnings: ['mind the gap'] },
    },
    {
      answer: { kind: 'Refused', code: 409, message: 'busy' },
      wantResponse: { allowed: false, status: { code: 409, reason: 'Forbidden', message: 'busy' } },
    },
    {
      answer: { kind: 'Refused', code: 400, message: 'wrong' },
      wantResponse: { allowed: false, status: { code: 400, reason: 'BadRequest', message: 'wrong' } },
    },
    {
      answer: { kind: 'Refused', code: 429, message: 'not now' },
      wantResponse: { allowed: false, status: { code: 429, reason: 'TooManyRequests', message: 'not now' } },
    },
  ];

  it.each(table)('$answer', ({ answer, wantResponse }) => {
    expect(reviewOf('uid-1', answer)).toEqual({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: { uid: 'uid-1', ...wantResponse },
    });
  });
});

describe('a review that is read', () => {
  it('keeps what is asked', () => {
    const review = aReview({ object: { a: 1 }, version: 'v1alpha1' });
    const { resource, namespace, uid } = review.request;
    expect(parseReview(JSON.stringify(review))).toEqual({
      kind: 'Review',
      request: {
        uid,
        namespace,
        name: '',
        dryRun: false,
        resource,
        requestResource: resource,
        operation: 'CREATE',
        object: { a: 1 },
        oldObject: null,
      },
    });
  });
});

describe('a review that is not one', () => {
  const review = aReview({ object: {} });
  const table: { name: string; body: unknown; want: string }[] = [
    { name: 'is null', body: null, want: 'AdmissionReview: ' },
    { name: 'is a list', body: [review], want: 'AdmissionReview: ' },
    {
      name: 'is of another kind',
      body: withFields(review, { kind: 'ConversionReview' }),
      want: 'AdmissionReview.kind: ',
    },
    {
      name: 'is of another version',
      body: withFields(review, { apiVersion: 'admission.k8s.io/v1beta1' }),
      want: 'AdmissionReview.apiVersion: ',
    },
    {
      name: 'asks nothing',
      body: withFields(review, { request: undefined }),
      want: 'AdmissionReview.request: ',
    },
    {
      name: 'has no uid to answer to',
      body: withFields(review, { 'request.uid': '' }),
      want: 'AdmissionReview.request.uid: ',
    },
    {
      name: 'has a uid that is no text',
      body: withFields(review, { 'request.uid': 7 }),
      want: 'AdmissionReview.request.uid: ',
    },
    {
      name: 'has an operation that nobody knows',
      body: withFields(review, { 'request.operation': 'EAT' }),
      want: 'AdmissionReview.request.operation: ',
    },
  ];

  it.each(table)('$name: it says so in one line', ({ body, want }) => {
    const parsed = parseReview(JSON.stringify(body));
    expect(parsed).toEqual({ kind: 'Unreadable', why: expect.stringMatching(/^[^\n]+$/) });
    expect(parsed).toEqual({ kind: 'Unreadable', why: expect.stringContaining(want) });
  });

  it.each(['', '{', 'null null', '\u0000'])('%j is not even JSON', (body) => {
    expect(parseReview(body)).toEqual({ kind: 'Unreadable', why: 'the body is not JSON' });
  });
});
