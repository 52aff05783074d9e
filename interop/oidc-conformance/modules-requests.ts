/** Modules about what a request may say: scopes, claims, hints, and what a server may pass over. */
import { expect } from 'vitest';
import type { Metadata } from './bench.ts';
import { complete, signInOnce, withApplication } from './flow.ts';
import type { Module, Modules } from './module.ts';
import { addressOf, gives, makeRequest, readCallback, type Run } from './run.ts';
import { readUserinfo } from './tokens.ts';

const ofScope: Readonly<Record<string, readonly string[]>> = {
  profile:
    'name family_name given_name middle_name nickname preferred_username profile picture website gender birthdate zoneinfo locale updated_at'.split(
      ' ',
    ),
  email: ['email', 'email_verified'],
  address: ['address'],
  phone: ['phone_number', 'phone_number_verified'],
};

export const requests: Modules = {
  'oidcc-scope-profile': scopes('openid profile'),
  'oidcc-scope-email': scopes('openid email'),
  'oidcc-scope-address': scopes('openid address'),
  'oidcc-scope-phone': scopes('openid phone'),
  'oidcc-scope-all': scopes('openid profile email phone address'),
  'oidcc-ensure-other-scope-order-succeeds': scopes('email openid'),
  'oidcc-alternate-happy-flow': {
    demands: 'the order of scopes and of parameters does not matter',
    play: playOtherOrder,
  },
  'oidcc-display-page': accepts({ display: 'page' }),
  'oidcc-display-popup': accepts({ display: 'popup' }),
  'oidcc-ui-locales': accepts({ ui_locales: 'se' }),
  'oidcc-claims-locales': accepts({ claims_locales: 'se' }),
  'oidcc-ensure-request-with-unknown-parameter-succeeds': accepts({ extra: 'foobar' }),
  'oidcc-login-hint': {
    demands: 'login_hint does no harm',
    play: (run) => signInOnce(run, { login_hint: run.configuration.server.login_hint }),
  },
  'oidcc-ensure-request-with-acr-values-succeeds': {
    demands: 'acr_values does no harm, and the ID token says which of them it was',
    play(run) {
      const supported = run.bench.metadata['acr_values_supported'] as readonly string[];
      return signInOnce(run, { acr_values: supported.join(' ') }, ({ claims }) => {
        if (gives(run, 'id_token') || gives(run, 'code'))
          expect(supported).toContain(claims['acr']);
      });
    },
  },
  'oidcc-claims-essential': {
    demands:
      'an essential name is where it was asked for: at userinfo; for id_token alone in the ID token',
    play: playClaimsEssential,
  },
  'oidcc-ensure-registered-redirect-uri': {
    demands: 'a redirect_uri that is not registered gives a page of the server',
    play: (run) =>
      withApplication(run, {}, async (app) => {
        await expectPage(run, { redirect_uri: `${app.redirectUri}/unregistered` }, app);
      }),
  },
  'oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported': unsignedSkipped(
    'by value, as "none" is not announced',
  ),
  'oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported': unsignedSkipped(
    'by reference, as "none" is not announced',
  ),
  'oidcc-ensure-request-object-with-redirect-uri': unsignedSkipped(
    'with a redirect_uri, as "none" is not announced',
  ),
  'oidcc-request-uri-unsigned': unsignedSkipped(
    'by reference (Dynamic), as "none" is not announced',
  ),
};

/** The server's own page, with a status that is an error, and one picture of it. */
export async function expectPage(
  run: Run,
  changes: Readonly<Record<string, string | undefined>>,
  app: Parameters<typeof makeRequest>[1],
): Promise<void> {
  const landing = await run.browser.go(makeRequest(run, app, changes).address);
  if (landing.kind === 'left') throw new Error(`sent to ${landing.address.href}`);
  expect(landing.page.status).toBe(400);
  expect(run.browser.pictures).toHaveLength(1);
}

function accepts(words: Readonly<Record<string, string>>): Module {
  return {
    demands: `${Object.keys(words).join()} does no harm`,
    play: (run) => signInOnce(run, words),
  };
}

function scopes(scope: string): Module {
  const names = scope.split(' ').flatMap((one) => ofScope[one] ?? []);
  return {
    demands: `the claims of "${scope}" are at userinfo; for id_token alone in the ID token`,
    play(run) {
      expect(run.bench.metadata['scopes_supported']).toEqual(
        expect.arrayContaining(scope.split(' ')),
      );
      return signInOnce(run, { scope }, async ({ accessToken, claims }) => {
        const told: Metadata = accessToken === '' ? claims : await readUserinfo(run, accessToken);
        for (const name of names) expect(told).toHaveProperty(name);
        if (claims.sub !== undefined) expect(told['sub']).toBe(claims.sub);
      });
    },
  };
}

async function playOtherOrder(run: Run): Promise<void> {
  await withApplication(run, {}, async (app) => {
    const request = makeRequest(run, app, { scope: 'email openid' });
    const reversed = Object.fromEntries(Object.entries(request.parameters).reverse());
    const landing = await run.browser.go(addressOf(run, reversed));
    const { accessToken, claims } = await complete(
      run,
      app,
      request,
      readCallback(run, request, landing),
    );
    expect(accessToken === '' ? claims : await readUserinfo(run, accessToken)).toHaveProperty(
      'email',
    );
  });
}

async function playClaimsEssential(run: Run): Promise<void> {
  const member = gives(run, 'code') || gives(run, 'token') ? 'userinfo' : 'id_token';
  const claims = JSON.stringify({ [member]: { name: { essential: true } } });
  await signInOnce(run, { claims }, async (signedIn) => {
    const isTold = member === 'id_token';
    expect('name' in signedIn.claims).toBe(isTold);
    if (!isTold) expect(await readUserinfo(run, signedIn.accessToken)).toHaveProperty('name');
  });
}

/** skipTestIfNoneUnsupported; and what is not announced is not taken either. */
function unsignedSkipped(how: string): Module {
  return {
    demands: `skipped: an unsigned request object ${how}; it is refused`,
    play: (run) =>
      withApplication(run, {}, async (app) => {
        const announced = run.bench.metadata['request_object_signing_alg_values_supported'];
        expect(announced).toBeInstanceOf(Array);
        expect(announced).not.toContain('none');
        const { parameters } = makeRequest(run, app);
        const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
        const object = `${encode({ alg: 'none' })}.${encode({ ...parameters, iss: app.clientId, aud: run.bench.issuer })}.`;
        const address = `${run.bench.issuer}/authorize?${new URLSearchParams({ ...parameters, request: object })}`;
        const answer = await run.bench.fetch(address);
        expect([answer.status, await answer.text()]).toEqual([
          400,
          expect.stringContaining('request_object_invalid'),
        ]);
      }),
  };
}
