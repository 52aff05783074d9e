/**
 * The checks of the contract, one in each line: what is sent, the expected answer, and the section.
 * Some checks need tokens that the issuer signed. These tokens are in the configuration, or the
 * check gets them from the issuer.
 */
import { randomBytes } from 'node:crypto';
import { type Expected, expectations as must } from './expectation.ts';
import type { Forger } from './forge.ts';
import type { Material, TokenName } from './material.ts';

/** The parts that one check adds to the request of the configuration. */
export interface Sent {
  /** Values of Authorization. Each is sent as its own field. */
  readonly authorization: readonly string[];
  readonly url?: string;
  /** Added to the query. */
  readonly query?: Readonly<Record<string, string>>;
  /** The token, which must not be in the answer. */
  readonly token?: string;
}

export interface NotAsked {
  readonly verdict: 'skipped' | 'not applicable';
  readonly why: string;
}

export interface Check {
  readonly id: string;
  readonly asked: string;
  readonly send: (material: Material) => Sent | NotAsked;
  readonly expect: (material: Material) => readonly Expected[];
  readonly section: string;
}

const skipped = (why: string): NotAsked => ({ verdict: 'skipped', why });
const notApplicable = (why: string): NotAsked => ({ verdict: 'not applicable', why });
const bearer = (token: string): Sent => ({ authorization: [`Bearer ${token}`], token });

type Send = Check['send'];

const needs: Readonly<Record<TokenName, string>> = {
  valid: 'needs tokens.valid, or a client in authorization_server',
  lesser_scope: 'needs tokens.lesser_scope or authorization_server.lesser_scope',
  other_audience: 'needs tokens.other_audience or authorization_server.other_resource',
  other_issuer: 'needs tokens.other_issuer',
  expired: 'needs tokens.expired, or wait_for_expiry',
  id_token: 'needs tokens.id_token',
};

const nothing: Send = () => ({ authorization: [] });
const text =
  (value: string): Send =>
  () => ({ authorization: [value] });
const made =
  (make: () => string): Send =>
  () =>
    bearer(make());

/** Sends the token that has this name. */
function having(
  name: TokenName,
  use: (token: string, material: Material) => Sent | NotAsked = bearer,
): Send {
  return (material) => {
    const token = material.tokens[name]?.text;
    return token === undefined ? skipped(needs[name]) : use(token, material);
  };
}

/** Sends a token that is made from the valid one. */
function forged(make: (forger: Forger) => string | undefined, why = ''): Send {
  return ({ forger, tokens }) => {
    if (tokens.valid === undefined) return skipped(needs.valid);
    if (forger === undefined) return notApplicable('the token is not a JWT');
    const token = make(forger);
    return token === undefined ? notApplicable(why) : bearer(token);
  };
}

type PublicKey = NonNullable<Material['publicKey']>;

/** Sends a token signed by HS256. The secret is the public key, in one of its formats. */
function confused(spell: (key: PublicKey) => string | Buffer): Send {
  return (material) => {
    const { publicKey, tokens } = material;
    if (String(tokens.valid?.jwt?.header['alg']).startsWith('HS'))
      return notApplicable('the token is signed with a shared secret');
    if (tokens.valid?.jwt !== undefined && publicKey === undefined)
      return skipped('needs the public key: authorization_server.issuer or jwks_uri');
    return forged((forger) => forger.useSecret(spell(publicKey as PublicKey)))(material);
  };
}

const otherIssuer: Send = (material) =>
  material.tokens.other_issuer === undefined
    ? forged((forger) => forger.useOtherIssuer())(material)
    : having('other_issuer')(material);

const fromQuery = having('valid', (token) => ({
  authorization: [],
  query: { access_token: token },
  token,
}));

const forOther: Send = ({ settings: { forbidden }, foreignToken, tokens }) => {
  if (foreignToken !== undefined) return bearer(foreignToken.text);
  if (forbidden?.url === undefined) return skipped('needs forbidden.url or forbidden.token');
  return tokens.valid === undefined
    ? skipped(needs.valid)
    : { ...bearer(tokens.valid.text), url: forbidden.url };
};

/** Sends the request to the address of a resource that does not exist. */
function atMissing(send: Send): Send {
  return (material) => {
    const { missing_url: url } = material.settings;
    if (url === undefined) return skipped('needs missing_url');
    const sent = send(material);
    return 'why' in sent ? sent : { ...sent, url };
  };
}

const always = (list: readonly Expected[]) => () => list;
const ifHidden: Check['expect'] = ({ settings }) =>
  settings.forbidden?.hidden === true ? must.hidden : must.forbidden;
const ifQuery: Check['expect'] = ({ settings }) =>
  settings.query_token ? must.allowedFromQuery : must.tokenInQuery;

const garbage = () => `keywright-${randomBytes(12).toString('hex')}`;
const spki = (key: PublicKey) => key.export({ type: 'spki', format: 'pem' });

type Row = readonly [
  id: string,
  asked: string,
  send: Send,
  expect: Check['expect'],
  section: string,
];

// biome-ignore format: one line a check is what makes this a table
const rows: readonly Row[] = [
  ['allowed_call', 'a valid token', having('valid'), always(must.allowed), 'control'],
  ['scheme_any_case', 'a valid token after "bEaReR"', having('valid', (token) => ({ authorization: [`bEaReR ${token}`], token })), always(must.allowed), 'RFC 9110 §11.1'],

  ['no_credentials', 'no credentials', nothing, always(must.nobody), 'RFC 6750 §3.1'],
  ['scheme_other', 'Basic credentials', text(`Basic ${btoa('keywright:contract')}`), always(must.nobody), 'RFC 6750 §3.1'],
  ['scheme_unknown', 'a valid token with an unknown scheme', having('valid', (token) => ({ authorization: [`Keywright ${token}`], token })), always(must.nobody), 'RFC 6750 §2.1'],

  ['token_empty', '"Bearer" without a token', text('Bearer'), always(must.noToken), 'RFC 6750 §3.1'],
  ['token_garbage', 'random text instead of a token', made(garbage), always(must.badToken), 'RFC 6750 §3.1'],
  ['token_characters', 'characters that a token cannot have', text('Bearer "a\\b{c}'), always(must.badRequest), 'RFC 6750 §2.1'],
  ['token_hollow', 'a JWT of empty objects', made(() => 'e30.e30.e30'), always(must.badToken), 'RFC 6750 §3.1'],
  ['token_no_object', 'a JWT of lists and numbers', made(() => 'W10.MTA.MTA'), always(must.badToken), 'RFC 7519 §7.2'],
  ['token_long', 'a token of 12 000 characters', made(() => `${garbage()}${'a.'.repeat(6000)}`), always(must.tooMuch), 'RFC 6750 §3.1'],
  ['two_words', 'a valid token twice in one header', having('valid', (token) => ({ authorization: [`Bearer ${token} ${token}`], token })), always(must.badRequest), 'RFC 6750 §3.1'],
  ['two_headers', 'two Authorization headers, the first with a valid token', having('valid', (token) => ({ authorization: [`Bearer ${token}`, `Bearer ${garbage()}`], token })), always(must.badRequest), 'RFC 6750 §2, RFC 9110 §5.3'],
  ['token_in_query', 'a valid token in the address', fromQuery, ifQuery, 'RFC 6750 §2.3, RFC 9700 §4.3.2'],

  ['signature_changed', 'a signature with one bit changed', forged((one) => one.changeSignature()), always(must.badToken), 'RFC 9068 §4'],
  ['claims_changed', 'other claims with the same signature', forged((one) => one.changeClaims()), always(must.badToken), 'RFC 9068 §4'],
  ['signature_absent', 'an empty signature', forged((one) => one.dropSignature()), always(must.badToken), 'RFC 8725 §3.2'],
  ['signature_zero', 'an ECDSA signature of zeros', forged((one) => one.zeroSignature(), 'the signature is not ECDSA'), always(must.badToken), 'RFC 8725 §3.4'],
  ['key_other', 'a token signed by another key with the same kid', forged((one) => one.signByOtherKey()), always(must.badToken), 'RFC 9068 §4'],
  ['key_unknown', 'a token signed by another key with an unknown kid', forged((one) => one.signByUnknownKey()), always(must.badToken), 'RFC 9068 §4'],
  ['key_embedded', 'a token signed by a key from its own header', forged((one) => one.signByEmbeddedKey()), always(must.badToken), 'RFC 8725 §3.10'],
  ['alg_none', 'alg "none", no signature', forged((one) => one.useNone('none')), always(must.badToken), 'RFC 8725 §3.2'],
  ['alg_none_case', 'alg "nOnE", no signature', forged((one) => one.useNone('nOnE')), always(must.badToken), 'RFC 8725 §3.2'],
  ['alg_hs256_pem', 'HS256 with the public key (PEM) as the secret', confused(spki), always(must.badToken), 'RFC 8725 §2.1'],
  ['alg_hs256_line', 'HS256 with this PEM without its last line break', confused((key) => spki(key).trimEnd()), always(must.badToken), 'RFC 8725 §2.1'],
  ['alg_hs256_der', 'HS256 with the public key (DER) as the secret', confused((key) => key.export({ type: 'spki', format: 'der' })), always(must.badToken), 'RFC 8725 §2.1'],

  ['issuer_other', 'a token of another issuer', otherIssuer, always(must.badToken), 'RFC 9068 §4'],
  ['audience_other', 'a token for another API', having('other_audience'), always(must.badToken), 'RFC 9068 §4'],
  ['id_token', 'an ID token', having('id_token'), always(must.badToken), 'RFC 9068 §4'],
  ['expired', 'a token that has expired', having('expired'), always(must.badToken), 'RFC 6750 §3.1'],

  ['scope_lesser', 'a valid token without the scope', having('lesser_scope'), always(must.lesserScope), 'RFC 6750 §3.1'],
  ['resource_foreign', 'a request for a resource of another user', forOther, ifHidden, 'RFC 9110 §15.5.4'],
  ['resource_missing', 'a request for a resource that does not exist', atMissing(having('valid')), always(must.nothing), 'RFC 9110 §15.5.5'],
  ['resource_missing_nobody', 'the same request without credentials', atMissing(nothing), always(must.nobody), 'RFC 6750 §3.1'],

  ['allowed_again', 'the valid token again, after all other checks', having('valid'), always(must.allowed), 'control'],
];

export const checks: readonly Check[] = rows.map(([id, asked, send, expect, section]) => {
  return { id, asked, send, expect, section };
});
