/**
 * What the suite does as a client of FAPI 1.0 Advanced and FAPI-CIBA, on the bench of FAPI 2.0:
 * signed requests, and certificates in place of proofs.
 */
import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { JWK } from 'jose';
import {
  type Answer,
  type Bench,
  type BenchClient,
  callback,
  type Changes,
  type Words,
} from '../fapi/bench.ts';
import { expectRefused } from '../fapi/modules.ts';
import { root } from '../process.ts';
import type { TlsChoice } from '../tls-fetch.ts';

/** The names are the suite's. */
export interface Variant {
  readonly client_auth_type: 'private_key_jwt' | 'mtls';
  readonly fapi_auth_request_method: 'by_value' | 'pushed';
  readonly fapi_response_mode: 'plain_response' | 'jarm';
}

export type Shown = Pick<TlsChoice, 'cert' | 'key'>;

interface Keeper {
  readonly keys: readonly [JWK];
  readonly certificate: string;
}
const keepers = JSON.parse(
  readFileSync(path.join(root, 'examples/conformance/fapi-2-client-keys.json'), 'utf8'),
) as Readonly<Record<string, Keeper>>;

/** The certificate that the suite is given for a client. */
export function shownBy(name: 'fapi-client-1' | 'fapi-client-2' | 'fapi-service'): Shown {
  const keeper = keepers[name];
  if (keeper === undefined) throw new Error(`no keys of ${name}`);
  const key = createPrivateKey({ key: keeper.keys[0], format: 'jwk' } as never);
  return { cert: keeper.certificate, key: key.export({ type: 'pkcs8', format: 'pem' }) };
}

/** Who asks: by its id, with the key and the certificate of one of the two. */
export interface Party {
  readonly client: BenchClient;
  readonly shown: Shown;
}

export function partyOf(
  bench: Bench,
  by: Variant['client_auth_type'],
  number: 1 | 2,
  kind = 'client',
): Party {
  const { key, dpop } = number === 1 ? bench.first : bench.second;
  const id = `fapi-${by === 'mtls' ? 'mtls-' : ''}${kind}-${number}`;
  return { client: { id, key, dpop }, shown: shownBy(`fapi-client-${number}`) };
}

/**
 * What authenticates it in the form; with mutual TLS the certificate does, and the form names it
 * (RFC 8705 §2).
 */
export function authentication(
  bench: Bench,
  { client }: Party,
  by: Variant['client_auth_type'],
  changes: Changes = {},
): Promise<Words> | Words {
  return by === 'mtls' ? { client_id: client.id } : bench.assertion(client, changes);
}

export interface RequestChanges {
  readonly words?: Words;
  readonly object?: Changes;
  /** In the address, beside the object. */
  readonly beside?: Words;
}

export interface Sent {
  readonly words: Words;
  readonly verifier: string | undefined;
  /** Of the push that was refused. */
  readonly refused?: Answer;
  readonly link: URL;
}

/**
 * As `CreateAuthorizationRequestSteps` and `CreateAuthorizationRequestObjectSteps` make it: PKCE
 * only where it is pushed, no type.
 */
export async function sendRequest(
  bench: Bench,
  party: Party,
  variant: Variant,
  { words = {}, object = {}, beside = {} }: RequestChanges = {},
): Promise<Sent> {
  const { client, shown } = party;
  const pushed = variant.fapi_auth_request_method === 'pushed';
  const asked = bench.request(client, {
    ...(variant.fapi_response_mode === 'jarm'
      ? { response_mode: 'jwt' }
      : { response_type: 'code id_token' }),
    ...(pushed ? {} : { code_challenge: undefined, code_challenge_method: undefined }),
    ...words,
  });
  const request = await bench.object(client, asked.words, {
    ...object,
    header: { typ: undefined, ...object.header },
  });
  const verifier = pushed ? asked.verifier : undefined;
  const at = (more: Words) => addressOf(bench, { client_id: client.id, ...more, ...beside });
  if (!pushed) return { words: asked.words, verifier, link: at({ request }) };
  const form = { request, ...(await authentication(bench, party, variant.client_auth_type)) };
  const answer = await bench.post('/par', form, {}, shown);
  const link = at({ request_uri: String(answer.json['request_uri']) });
  return {
    words: asked.words,
    verifier,
    link,
    ...(answer.status === 201 ? {} : { refused: answer }),
  };
}

function addressOf(bench: Bench, words: Words): URL {
  const present = Object.entries(words).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return new URL(`${bench.issuer}/authorize?${new URLSearchParams(present)}`);
}

/**
 * Where the answer stands, and what it says: JARM in the query, a hybrid answer in the fragment.
 */
export async function readAnswer(bench: Bench, address: URL, clientId: string) {
  const { search, hash, searchParams } = address;
  if (searchParams.has('response'))
    return {
      place: 'jarm',
      told: await bench.readSecured(searchParams.get('response') ?? '', clientId),
    } as const;
  const inFragment = hash !== '';
  const told = inFragment ? new URLSearchParams(hash.slice(1)) : new URLSearchParams(search);
  return { place: inFragment ? 'fragment' : 'query', told } as const;
}

/**
 * RFC 6749 §4.1.2.1, as `CheckForUnexpectedParametersInErrorResponseFromAuthorizationEndpoint` has
 * it.
 */
const errorParameters = ['error', 'error_description', 'error_uri', 'state', 'iss'];

/**
 * Refused, wherever that is told: at PAR, at a page (a picture for the suite), or at the redirect
 * URI. Answers the error, if it was told.
 */
export async function refusalOf(
  bench: Bench,
  party: Party,
  sent: Sent,
  errors: readonly string[],
): Promise<void> {
  if (sent.refused !== undefined) return expectRefused(sent.refused, errors);
  const arrival = await bench.visitor().go(sent.link);
  if (arrival.kind === 'page') {
    if (arrival.page.status !== 400) throw new Error(`not refused: ${arrival.page.url.href}`);
    return;
  }
  const { told } = await readAnswer(bench, arrival.address, party.client.id);
  if (!errors.includes(told.get('error') ?? '')) throw new Error(`told: ${told}`);
  const unexpected = [...told.keys()].filter((name) => !errorParameters.includes(name));
  if (unexpected.length > 0) throw new Error(`beyond the standard: ${unexpected.join(', ')}`);
  if ((told.get('state') ?? undefined) !== sent.words['state']) throw new Error('another state');
}

export interface TokenChanges {
  readonly words?: Words;
  readonly shown?: Shown | Record<string, never>;
  readonly assertion?: Changes;
}

export async function redeemCode(
  bench: Bench,
  party: Party,
  by: Variant['client_auth_type'],
  { code, verifier }: { readonly code: string; readonly verifier: string | undefined },
  { words = {}, shown = party.shown, assertion = {} }: TokenChanges = {},
): Promise<Answer> {
  const form = {
    grant_type: 'authorization_code',
    code,
    redirect_uri: callback,
    code_verifier: verifier,
    ...(await authentication(bench, party, by, assertion)),
    ...words,
  };
  return bench.post('/token', form, {}, shown);
}

export const interaction = 'c770aef3-6784-41f7-8e0e-ff5f97bddb3a';

/** The resource of this bench is userinfo. */
export function askResource(
  bench: Bench,
  token: string,
  shown: Shown | Record<string, never>,
): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}`, 'x-fapi-interaction-id': interaction };
  return bench.send(`${bench.issuer}/userinfo`, { headers }, shown);
}
