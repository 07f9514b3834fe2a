import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  decideCertificates,
  type CertificateFacts,
  type CertificateTimes,
} from '../../../../src/webhooks/certificates/decision.ts';

/** Days as milliseconds are unwieldy: an authority lives 300 units, a server 90. */
const times: CertificateTimes = { authorityLife: 300, servingLife: 90, backdated: 1, settling: 5 };
const hosts = ['medevac-webhook.medevac.svc'];

/** What was issued at an instant. */
function facts({
  authorityAt = 0,
  servingAt = 0,
  ...others
}: {
  authorityAt?: number;
  servingAt?: number;
  stored?: boolean;
  formerAuthorities?: number;
  signedByAuthority?: boolean;
  missingHosts?: string[];
} = {}): CertificateFacts {
  const { stored = true, formerAuthorities = 0, signedByAuthority = true, missingHosts = [] } = others;
  return {
    stored,
    formerAuthorities,
    authority: { notBefore: authorityAt - 1, notAfter: authorityAt + 299 },
    serving: {
      notBefore: servingAt - 1,
      notAfter: servingAt + 89,
      hosts,
      missingHosts,
      signedByAuthority,
    },
  };
}

describe('the next step of the certificates', () => {
  const table: { name: string; now: number; given: CertificateFacts | undefined; want: object }[] = [
    { name: 'there are none', now: 0, given: undefined, want: { kind: 'IssueAll' } },
    { name: 'they are new', now: 0, given: facts(), want: { kind: 'Keep', until: 59 } },
    {
      name: 'a moment before two thirds of the life of the server’s are over',
      now: 58,
      given: facts(),
      want: { kind: 'Keep', until: 59 },
    },
    {
      name: 'two thirds of the life of the server’s are over',
      now: 59,
      given: facts(),
      want: { kind: 'IssueServing', hosts },
    },
    {
      name: 'the server’s has expired while nobody was there',
      now: 90,
      given: facts(),
      want: { kind: 'IssueServing', hosts },
    },
    {
      name: 'the authority is the next to be renewed',
      now: 180,
      given: facts({ servingAt: 180 }),
      want: { kind: 'Keep', until: 199 },
    },
    {
      name: 'two thirds of the life of the authority are over',
      now: 199,
      given: facts({ servingAt: 180 }),
      want: { kind: 'AddAuthority' },
    },
    {
      name: 'there is a new authority, which not everybody knows yet',
      now: 203,
      given: facts({ authorityAt: 199, servingAt: 180, formerAuthorities: 1, signedByAuthority: false }),
      want: { kind: 'Keep', until: 204 },
    },
    {
      name: 'everybody knows the new authority',
      now: 204,
      given: facts({ authorityAt: 199, servingAt: 180, formerAuthorities: 1, signedByAuthority: false }),
      want: { kind: 'IssueServing', hosts },
    },
    {
      name: 'the server’s expires before everybody knows the new authority',
      now: 200,
      given: facts({ authorityAt: 199, servingAt: 111, formerAuthorities: 1, signedByAuthority: false }),
      want: { kind: 'IssueServing', hosts },
    },
    {
      name: 'not every replica has changed over to the new authority yet',
      now: 208,
      given: facts({ authorityAt: 199, servingAt: 204, formerAuthorities: 1 }),
      want: { kind: 'Keep', until: 209 },
    },
    {
      name: 'every replica has changed over to the new authority',
      now: 209,
      given: facts({ authorityAt: 199, servingAt: 204, formerAuthorities: 1 }),
      want: { kind: 'ForgetFormerAuthorities' },
    },
    {
      name: 'the authority has expired while nobody was there',
      now: 299,
      given: facts({ servingAt: 250 }),
      want: { kind: 'IssueAll' },
    },
    {
      name: 'the server is to be reached under one more name',
      now: 10,
      given: facts({ missingHosts: ['localhost'] }),
      want: { kind: 'IssueServing', hosts: [...hosts, 'localhost'] },
    },
    {
      name: 'somebody has deleted the Secret',
      now: 10,
      given: facts({ stored: false }),
      want: { kind: 'AddAuthority' },
    },
    {
      name: 'somebody has deleted the Secret while the authority changes: it is written again',
      now: 11,
      given: facts({ stored: false, authorityAt: 10, formerAuthorities: 1, signedByAuthority: false }),
      want: { kind: 'Keep', until: 15 },
    },
  ];

  it.each(table)('$name: $want.kind', ({ now, given, want }) => {
    expect(decideCertificates(given, { hosts, now, times })).toEqual(want);
  });
});

/** An installation that follows the decisions: serials stand for certificates. */
interface Model {
  readonly authorities: readonly { readonly serial: number; readonly madeAt: number }[];
  readonly serving: { readonly signer: number; readonly madeAt: number; readonly notAfter: number };
}

function describeModel({ authorities, serving }: Model): CertificateFacts {
  const [signer] = authorities;
  return {
    stored: true,
    authority: validity(signer?.madeAt ?? 0, times.authorityLife),
    formerAuthorities: authorities.length - 1,
    serving: {
      notBefore: serving.madeAt - times.backdated,
      notAfter: serving.notAfter,
      hosts,
      missingHosts: [],
      signedByAuthority: serving.signer === signer?.serial,
    },
  };
}

function validity(madeAt: number, life: number) {
  return { notBefore: madeAt - times.backdated, notAfter: madeAt + life };
}

function step(model: Model, now: number): Model {
  const { kind } = decideCertificates(describeModel(model), { hosts, now, times });
  const [signer = { serial: 0, madeAt: 0 }] = model.authorities;
  switch (kind) {
    case 'Keep':
      return model;
    case 'IssueAll':
      return fresh(signer.serial + 1, now);
    case 'AddAuthority': {
      const authorities = [{ serial: signer.serial + 1, madeAt: now }, signer];
      return { authorities, serving: signed(signer, now) };
    }
    case 'IssueServing':
      return { ...model, serving: signed(signer, now) };
    case 'ForgetFormerAuthorities':
      return { ...model, authorities: [signer] };
  }
}

function signed({ serial, madeAt }: Model['authorities'][number], now: number): Model['serving'] {
  const notAfter = Math.min(now + times.servingLife, madeAt + times.authorityLife);
  return { signer: serial, madeAt: now, notAfter };
}

function fresh(serial: number, now: number): Model {
  return {
    authorities: [{ serial, madeAt: now }],
    serving: { signer: serial, madeAt: now, notAfter: now + times.servingLife },
  };
}

describe('over years', () => {
  it('what is served is valid and trusted, also where server and client are late by the settling time', () => {
    const pauses = fc.array(fc.integer({ min: 1, max: 25 }), { minLength: 100, maxLength: 100 });
    fc.assert(
      fc.property(pauses, (steps) => {
        let now = 0;
        let history = [{ model: fresh(1, 0), replacedAt: Infinity }];
        for (const pause of steps) {
          now += pause;
          const [present = { model: fresh(1, 0) }] = history;
          const next = step(present.model, now);
          if (next !== present.model) {
            history = [
              { model: next, replacedAt: Infinity },
              { ...present, replacedAt: now },
              ...history.slice(1),
            ];
          }
          const seen = history.filter(({ replacedAt }) => now - replacedAt < times.settling);
          expectTrust(
            seen.map(({ model }) => model),
            now,
          );
        }
        expect(history.at(0)?.model.authorities[0]?.serial).toBeGreaterThan(1);
      }),
    );
  });

  function expectTrust(models: readonly Model[], now: number): void {
    for (const server of models) {
      expect(server.serving.notAfter).toBeGreaterThan(now);
      for (const client of models) {
        expect(client.authorities.map(({ serial }) => serial)).toContain(server.serving.signer);
      }
    }
  }
});
