/**
 * Pushed and signed requests and every response mode, driven by oauth4webapi. It makes and pushes
 * the objects, and checks signed answers and the hashes of ID tokens by its own implementation of
 * the specifications.
 */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { compactDecrypt } from 'jose';
import * as oauth from 'oauth4webapi';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAuthorizePlatform, goThrough } from '../packages/testing/flows/authorize-setting.ts';
import { callback } from '../packages/testing/flows/sunrise.ts';
import { readForm, type TestPlatform } from '../packages/testing/src/index.ts';

const signer = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const opener = generateKeyPairSync('rsa', { modulusLength: 2048 });
const jwkOf = (key: KeyObject, more: object) => ({ ...key.export({ format: 'jwk' }), ...more });
const features = { hybrid: true };
const registered = {
  jwks: {
    keys: [
      jwkOf(signer.publicKey, { kid: 'sign', alg: 'ES256', use: 'sig' }),
      jwkOf(opener.publicKey, { kid: 'open', use: 'enc' }),
    ],
  },
  response_types: ['code', 'code id_token'],
};
/**
 * The same application in two registrations: one gets signed answers, the other gets signed and
 * encrypted ones.
 */
const encrypted = {
  authorization_encrypted_response_alg: 'RSA-OAEP-256',
  authorization_encrypted_response_enc: 'A256GCM',
};

let plain: TestPlatform;
let sealed: TestPlatform;
beforeAll(async () => {
  plain = await createAuthorizePlatform(registered, { features });
  sealed = await createAuthorizePlatform({ ...registered, ...encrypted }, { features });
});
afterAll(async () => {
  await plain.close();
  await sealed.close();
});

/** The platform is in this process: requests go to it without a network. */
function throughPlatform(platform: TestPlatform) {
  return async (
    address: string,
    {
      method = 'GET',
      headers = {},
      body,
    }: { method?: string; headers?: Record<string, string>; body?: string | URLSearchParams },
  ) => {
    const { pathname, search } = new URL(address);
    const answer = await platform.server.handle({
      method,
      path: pathname,
      query: search.slice(1),
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
      ),
      body: body?.toString() ?? '',
      remoteAddress: '192.0.2.7',
    });
    const { status, body: text } = answer;
    return new Response(text, { status, headers: answer.headers as Record<string, string> });
  };
}

async function meet(platform: TestPlatform) {
  const options = { [oauth.customFetch]: throughPlatform(platform) as never };
  const issuer = new URL(platform.issuer);
  const server = await oauth.processDiscoveryResponse(
    issuer,
    await oauth.discoveryRequest(issuer, options),
  );
  const skew = platform.clock.nowSeconds() - Math.floor(Date.now() / 1000);
  const client: oauth.Client = { client_id: 'heatlens', [oauth.clockSkew]: skew };
  const authentication = oauth.ClientSecretBasic(platform.secrets.get('heatlens') ?? '');
  return { server, client, authentication, options };
}

type Met = Awaited<ReturnType<typeof meet>>;
const importSigner = () =>
  crypto.subtle.importKey(
    'jwk',
    signer.privateKey.export({ format: 'jwk' }),
    { name: 'ECDSA', namedCurve: 'P-256' },
    false,
    ['sign'],
  );

interface Attempt {
  readonly verifier: string;
  readonly words: Readonly<Record<string, string>>;
}

async function attempt(more: Readonly<Record<string, string>> = {}): Promise<Attempt> {
  const verifier = oauth.generateRandomCodeVerifier();
  const challenge = await oauth.calculatePKCECodeChallenge(verifier);
  const own = {
    response_type: 'code',
    redirect_uri: callback,
    scope: 'openid buildings:read',
    state: 'state',
    nonce: 'nonce',
  };
  return {
    verifier,
    words: { ...own, code_challenge: challenge, code_challenge_method: 'S256', ...more },
  };
}

/** Made, pushed and followed. Returns the answer. */
async function pushSigned(platform: TestPlatform, met: Met, { words }: Attempt) {
  const { server, client, authentication, options } = met;
  const request = await oauth.issueRequestObject(server, client, words, {
    key: await importSigner(),
    kid: 'sign',
  });
  const pushed = await oauth.pushedAuthorizationRequest(
    server,
    client,
    authentication,
    { request },
    options,
  );
  const { request_uri } = await oauth.processPushedAuthorizationResponse(server, client, pushed);
  return goThrough(
    platform,
    `/authorize?${new URLSearchParams({ client_id: 'heatlens', request_uri })}`,
  );
}

async function redeem(
  { server, client, authentication, options }: Met,
  answer: URLSearchParams,
  { verifier }: Attempt,
) {
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    authentication,
    answer,
    callback,
    verifier,
    options,
  );
  return oauth.processAuthorizationCodeResponse(server, client, response, {
    expectedNonce: 'nonce',
    requireIdToken: true,
  });
}

test('with oauth4webapi, a signed request is pushed, answered in a signed token, and the code redeemed (RFC 9101, RFC 9126, JARM)', async () => {
  const met = await meet(plain);
  const made = await attempt({ response_mode: 'jwt' });
  const { location } = await pushSigned(plain, met, made);
  const answer = await oauth.validateJwtAuthResponse(
    met.server,
    met.client,
    location,
    'state',
    met.options,
  );
  expect((await redeem(met, answer, made)).token_type).toBe('bearer');
});

test('with jose, the token of the answer is decrypted with the application’s own key (JARM §2.2)', async () => {
  const met = await meet(sealed);
  const made = await attempt({ response_mode: 'jwt' });
  const { location } = await pushSigned(sealed, met, made);
  expect(location.searchParams.get('response')?.split('.')).toHaveLength(5);
  const key = await crypto.subtle.importKey(
    'jwk',
    opener.privateKey.export({ format: 'jwk' }),
    { name: 'RSA-OAEP', hash: 'SHA-256' },
    false,
    ['decrypt'],
  );
  const jweDecrypt: oauth.JweDecryptFunction = async (jwe) =>
    Buffer.from((await compactDecrypt(jwe, key)).plaintext).toString();
  const answer = await oauth.validateJwtAuthResponse(met.server, met.client, location, 'state', {
    ...met.options,
    [oauth.jweDecrypt]: jweDecrypt,
  });
  expect((await redeem(met, answer, made)).access_token).toBeDefined();
});

test('with jose, code and ID token of the hybrid flow are bound by their hashes (OpenID Connect Core §3.3.2.11)', async () => {
  const met = await meet(plain);
  const made = await attempt({ response_type: 'code id_token' });
  const { location } = await pushSigned(plain, met, made);
  const answer = await oauth.validateCodeIdTokenResponse(
    met.server,
    met.client,
    location,
    'nonce',
    'state',
    oauth.skipAuthTimeCheck,
    met.options,
  );
  expect((await redeem(met, answer, made)).id_token).toBeDefined();
});

test('with jose, the ID token is a detached signature of the whole answer with its state, also in a posted form (FAPI 1.0 Advanced §5.1)', async () => {
  const met = await meet(plain);
  const made = await attempt({ response_type: 'code id_token', response_mode: 'form_post' });
  const page = await pushSigned(plain, met, made);
  const posted = new Request(callback, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(readForm(page)).toString(),
  });
  const answer = await oauth.validateDetachedSignatureResponse(
    met.server,
    met.client,
    posted,
    'nonce',
    'state',
    oauth.skipAuthTimeCheck,
    met.options,
  );
  expect((await redeem(met, answer, made)).access_token).toBeDefined();
});
