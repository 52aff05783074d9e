/**
 * Gets tokens by client credentials (RFC 6749 §4.4, RFC 8707), and the public keys of the issuer.
 * It sends requests only to addresses in the configuration and in the metadata found there.
 */
import { ConfigError } from '@keywright/core';
import { type Answer, type Ask, type RequestSender, NoAnswerError } from './ask.ts';
import type { ContractSettings } from './schema.ts';
import type { JsonRecord } from './token.ts';

export type ServerSettings = NonNullable<ContractSettings['authorization_server']>;

export interface TokenRequest {
  /** The path in the configuration, for problems. */
  readonly path: string;
  readonly scope?: string | undefined;
  readonly resource?: string | undefined;
}

export interface IssuedToken {
  readonly text: string;
  readonly expiresIn?: number;
  /** The scope that the server reports. Absent if it is the requested scope (RFC 6749 §5.1). */
  readonly scope?: string;
}

export interface TokenSource {
  /** Whether there is a client that can get tokens. */
  readonly canIssue: boolean;
  /** Rejects with ConfigError if the server issues no token. */
  obtain(request: TokenRequest): Promise<IssuedToken>;
  /** The public keys. Undefined if their address is not known. */
  loadKeys(): Promise<readonly JsonRecord[] | undefined>;
}

function fail(path: string, message: string): never {
  throw new ConfigError([{ path, message }]);
}

const at = (name: string) => `authorization_server.${name}`;

export function createTokenSource(
  settings: ServerSettings | undefined,
  ask: RequestSender,
): TokenSource {
  let metadata: Promise<JsonRecord> | undefined;
  const addressOf = async (name: 'token_endpoint' | 'jwks_uri'): Promise<string | undefined> => {
    if (settings?.[name] !== undefined) return settings[name];
    if (settings?.issuer === undefined) return undefined;
    metadata ??= loadMetadata(settings.issuer, ask);
    const address = (await metadata)[name];
    return typeof address === 'string' ? assertAddress(address, name, settings.issuer) : undefined;
  };
  return {
    canIssue: settings?.client_id !== undefined,
    async obtain(request) {
      if (settings === undefined) return fail(request.path, 'needs authorization_server');
      const endpoint = await addressOf('token_endpoint');
      if (endpoint === undefined)
        return fail(at('issuer'), 'has no token_endpoint in its metadata');
      return readToken(
        await send(ask, tokenAsk(endpoint, settings, request), request.path),
        request.path,
      );
    },
    async loadKeys() {
      const address = await addressOf('jwks_uri');
      if (address === undefined) return undefined;
      const { keys } = await fetchJson(ask, address, at('jwks_uri'));
      return Array.isArray(keys) ? keys.filter(isRecord) : fail(at('jwks_uri'), 'has no key set');
    },
  };
}

/** RFC 8414 §2: https. If the issuer itself uses http, its endpoints may use http too. */
function assertAddress(address: string, name: string, issuer: string): string {
  const { protocol = '' } = URL.parse(address) ?? {};
  const isGood = protocol === 'https:' || (protocol === 'http:' && issuer.startsWith('http:'));
  return isGood ? address : fail(at('issuer'), `has no https address as ${name}`);
}

function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function send(ask: RequestSender, request: Ask, path: string): Promise<Answer> {
  try {
    return await ask(request);
  } catch (error) {
    if (!(error instanceof NoAnswerError)) throw error;
    return fail(path, `cannot be obtained from ${new URL(request.url).host}: ${error.message}`);
  }
}

function readJson(answer: Answer): JsonRecord | undefined {
  try {
    const value: unknown = JSON.parse(answer.body);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

async function fetchJson(ask: RequestSender, url: string, path: string): Promise<JsonRecord> {
  const answer = await send(
    ask,
    { url, method: 'GET', headers: ['accept', 'application/json'] },
    path,
  );
  const json = answer.status === 200 ? readJson(answer) : undefined;
  return json ?? fail(path, `answers ${answer.status} without a JSON object, at ${url}`);
}

/**
 * The address of RFC 8414 §3.1, and the address of OpenID Connect. The first that answers 200 is
 * used.
 */
async function loadMetadata(issuer: string, ask: RequestSender): Promise<JsonRecord> {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  const places = [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}${path}/.well-known/openid-configuration`,
  ];
  for (const url of places) {
    const answer = await send(
      ask,
      { url, method: 'GET', headers: ['accept', 'application/json'] },
      at('issuer'),
    );
    const json = answer.status === 200 ? readJson(answer) : undefined;
    // RFC 8414 §3.3: the metadata of another issuer must not be used.
    if (json?.['issuer'] === issuer) return json;
    if (json !== undefined) return fail(at('issuer'), 'is not the issuer in its own metadata');
  }
  return fail(at('issuer'), `has no metadata at ${places.join(' nor at ')}`);
}

/** RFC 6749 §2.3.1: both parts are form-encoded before they are joined. */
function formEncode(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}

function tokenAsk(
  endpoint: string,
  settings: ServerSettings,
  { scope, resource }: TokenRequest,
): Ask {
  const { client_id: id = '', client_secret: secret = '', auth_method: method } = settings;
  const form = new URLSearchParams({ grant_type: 'client_credentials' });
  if (scope !== undefined) form.set('scope', scope);
  if (resource !== undefined) form.set('resource', resource);
  const headers = [
    'accept',
    'application/json',
    'content-type',
    'application/x-www-form-urlencoded',
  ];
  if (method === 'client_secret_post') {
    form.set('client_id', id);
    form.set('client_secret', secret);
  } else {
    const pair = Buffer.from(`${formEncode(id)}:${formEncode(secret)}`).toString('base64');
    headers.push('authorization', `Basic ${pair}`);
  }
  return { url: endpoint, method: 'POST', headers, body: form.toString() };
}

function readToken(answer: Answer, path: string): IssuedToken {
  const json = readJson(answer);
  if (answer.status !== 200 || json === undefined) {
    const error = json?.['error'];
    const named = typeof error === 'string' && /^[a-z_]{1,40}$/.test(error) ? ` ${error}` : '';
    return fail(path, `was refused by the authorization server: ${answer.status}${named}`);
  }
  const { access_token: text, token_type: type, expires_in: expiresIn, scope } = json;
  if (typeof text !== 'string') return fail(path, 'was answered without access_token');
  if (String(type).toLowerCase() !== 'bearer')
    return fail(
      path,
      'was answered with a token that is not Bearer. The check supports only Bearer tokens',
    );
  return {
    text,
    ...(typeof expiresIn === 'number' ? { expiresIn } : {}),
    ...(typeof scope === 'string' ? { scope } : {}),
  };
}
