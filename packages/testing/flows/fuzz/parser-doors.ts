/**
 * The parsers themselves, if no endpoint is before them: each returns, or refuses with its own
 * error.
 */
import { OAuthError } from '@keywright/core';
import {
  anyKey,
  generateDecryptionKey,
  importAgreementKeys,
  importKey,
  importKeySet,
  importSealingKey,
  isTarget,
  type Jwk,
  noAccessToken,
  openJwe,
  parseJsonObject,
  parseJwt,
  readApiKey,
  sealJwe,
  verifyDpopProof,
  verifyJwt,
} from '@keywright/jwt';
import { parseJsonText } from '../../../core/src/kernel/http/json-body.ts';
import { parseParameters } from '../../../core/src/kernel/http/parameters.ts';
import { readCertificateNames } from '../../../core/src/rules/certificate-names.ts';
import { readDer } from '../../../core/src/rules/der.ts';
import {
  matchesSubject,
  parseDistinguishedName,
} from '../../../core/src/rules/distinguished-name.ts';
import { isAddress, sameAddress } from '../../../core/src/rules/ip-address.ts';
import { networkOf } from '../../../core/src/rules/network.ts';
import { matchRedirectUri, refuseRedirectUri } from '../../../core/src/rules/redirect-uri.ts';
import { parseScope } from '../../../core/src/rules/scope.ts';
import { readUserCode } from '../../../core/src/kernel/deferred/user-code.ts';
import { type Door, jsonTextDoor, jwtDoor, parseWith, textDoor } from './door.ts';
import { callback, certificate, key, publicJwk, uniqueId, type World } from './setting.ts';

const nowSeconds = 1_790_000_000;
const trusted = importKeySet({ keys: [key.jwk] });
const receivers = importAgreementKeys([generateDecryptionKey('P-256')]);
const sealed = sealFor(receivers.publicJwks[0]);

function sealFor(jwk: Jwk = {}): string {
  const receiver = importSealingKey(jwk);
  if (receiver === undefined) throw new Error('there is no key to seal for');
  return sealJwe('an API key', 'api-key+jwe', receiver);
}

function parserDoor(
  name: string,
  good: string | (() => string),
  parse: (text: string) => unknown,
  share = 1,
): Door {
  const bring = (world: World, text: string) => parseWith(world, text.length, () => parse(text));
  return textDoor(name, typeof good === 'string' ? () => good : good, bring, { share });
}

const distinguishedName = 'CN=meter.example,O=Nordwind\\, Ltd.,2.5.4.11=#0c0161,C=DE';
const redirects = ['https', 'native', 'none'] as const;

const texts: readonly Door[] = [
  parserDoor(
    'parameters',
    'grant_type=a&resource=b&resource=c%20d',
    (text) => parseParameters(text),
    2,
  ),
  parserDoor(
    'JSON by its letters',
    '{"a":[1,{"b":"c"}]}',
    (text) => parseJsonText(text, () => new OAuthError('body_malformed')),
    2,
  ),
  parserDoor(
    'a JSON object',
    '{"a":[1,{"b":"c"}]}',
    (text) => parseJsonObject(Buffer.from(text)),
    2,
  ),
  parserDoor(
    'a JWT as text',
    'eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJhIn0.AAAA',
    (text) => parseJwt(text),
    2,
  ),
  parserDoor('an API key', 'kwk_live_0123456789abcdef_0123456789abcdef', (text) =>
    readApiKey(text),
  ),
  parserDoor(
    'a sealed message',
    () => sealed,
    (text) => openJwe(text, { keys: receivers, typ: 'api-key+jwe' }),
    2,
  ),
  parserDoor('a target', callback, (text) => isTarget(text, callback)),
  parserDoor(
    'a redirect URI by itself',
    callback,
    (text) => {
      matchRedirectUri(text, [callback, 'http://127.0.0.1/cb'], true);
      return redirects.map((kind) => refuseRedirectUri(text, kind));
    },
    2,
  ),
  parserDoor('a scope', 'openid profile', (text) => parseScope(text)),
  parserDoor(
    'a distinguished name',
    distinguishedName,
    (text) => {
      matchesSubject(readCertificateNames(certificate.der)?.subject, text);
      return parseDistinguishedName(text);
    },
    2,
  ),
  parserDoor('an IP address', '192.0.2.7', (text) => {
    networkOf(text);
    return isAddress(text) && sameAddress(Buffer.from([192, 0, 2, 7]), text);
  }),
  parserDoor('a user code', 'BCDF-GHJK', (text) => readUserCode(text)),
  parserDoor(
    'names in a certificate',
    certificate.der.toString('latin1'),
    (text) => {
      const der = Buffer.from(text, 'latin1');
      return [readDer(der), readCertificateNames(der)];
    },
    4,
  ),
];

const documents: readonly Door[] = [
  jsonTextDoor(
    'a key set',
    () => ({ keys: [key.jwk] }),
    (world, text) => {
      const value = valueOf(text);
      return parseWith(world, text.length, () => isKeySet(value) && importKeySet(value));
    },
    {
      share: 3,
    },
  ),
  jsonTextDoor(
    'a key',
    () => key.jwk,
    (world, text) => parseWith(world, text.length, () => importKey(valueOf(text))),
    { share: 2 },
  ),
];

/** For other values it throws a TypeError, which its callers handle. */
function isKeySet(value: unknown): boolean {
  return Array.isArray((value as { readonly keys?: unknown } | null | undefined)?.keys);
}

/** As for a reader of documents: text that is not JSON is refused before. */
function valueOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const tokens: readonly Door[] = [
  jwtDoor(
    'a token at the verifier',
    () => ({
      header: { alg: 'ES256', kid: key.kid, typ: 'at+jwt' },
      claims: {
        iss: 'https://as.example',
        aud: 'https://api.example',
        exp: nowSeconds + 60,
        iat: nowSeconds,
      },
    }),
    (world, token) =>
      parseWith(world, token.length, () =>
        verifyJwt(token, {
          keys: trusted,
          typ: 'at+jwt',
          issuer: 'https://as.example',
          audience: 'https://api.example',
          nowSeconds,
        }),
      ),
    { share: 4 },
  ),
  jwtDoor(
    'a proof at the verifier',
    () => ({
      header: { alg: 'ES256', typ: 'dpop+jwt', jwk: publicJwk },
      claims: { htm: 'POST', htu: 'https://as.example/token', iat: nowSeconds, jti: uniqueId() },
    }),
    (world, proof) =>
      parseWith(world, proof.length, () =>
        verifyDpopProof(proof, {
          method: 'POST',
          url: 'https://as.example/token',
          nowSeconds,
          accessToken: noAccessToken,
          thumbprint: anyKey,
        }),
      ),
    { share: 4 },
  ),
];

export const parserDoors: readonly Door[] = [...texts, ...documents, ...tokens];
