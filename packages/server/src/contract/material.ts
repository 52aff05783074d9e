/**
 * Loads everything that the checks send. The tokens are given or obtained. They are checked first,
 * so that no check runs with a wrong token.
 */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { ConfigError, type ConfigProblem } from '@keywright/core';
import type { ContractConfiguration } from './configuration.ts';
import { createForger, type Forger } from './forge.ts';
import type { Secrets } from './secrets.ts';
import {
  audiencesOf,
  isSendable,
  type JsonRecord,
  scopesOf,
  type Token,
  toToken,
} from './token.ts';
import type { IssuedToken, TokenSource } from './token-source.ts';

export const tokenNames = [
  'valid',
  'lesser_scope',
  'other_audience',
  'other_issuer',
  'expired',
  'id_token',
] as const;
export type TokenName = (typeof tokenNames)[number];

export interface Material {
  readonly settings: ContractConfiguration;
  readonly tokens: Readonly<Partial<Record<TokenName, Token>>>;
  /** A token of another user, for `forbidden.token`. */
  readonly foreignToken: Token | undefined;
  /** Present if the valid token is a JWT. */
  readonly forger: Forger | undefined;
  /** The public key of the issuer that the valid token names, if it is known. */
  readonly publicKey: KeyObject | undefined;
}

export interface MaterialParts {
  readonly source: TokenSource;
  readonly secrets: Secrets;
  readonly nowSeconds: number;
}

/** Rejects with ConfigError if a token cannot be obtained, or is not what its name says. */
export async function loadMaterial(
  settings: ContractConfiguration,
  parts: MaterialParts,
): Promise<Material> {
  const given = settings.tokens;
  const obtained = parts.source.canIssue ? await obtainTokens(settings, parts) : {};
  const tokens: Partial<Record<TokenName, Token>> = { ...obtained };
  for (const name of tokenNames) if (given[name] !== undefined) tokens[name] = toToken(given[name]);
  const { token } = settings.forbidden ?? {};
  const foreignToken = token === undefined ? undefined : toToken(token);
  for (const { text } of [...Object.values(tokens), foreignToken ?? []].flat())
    parts.secrets.add(text);
  const problems = findTokenProblems(settings, tokens, foreignToken, parts.nowSeconds);
  if (problems.length > 0) throw new ConfigError(problems);
  const jwt = tokens.valid?.jwt;
  return {
    settings,
    tokens,
    foreignToken,
    forger: jwt === undefined ? undefined : createForger(jwt),
    publicKey:
      jwt === undefined ? undefined : findKey(jwt.header, (await parts.source.loadKeys()) ?? []),
  };
}

/** Only tokens that are not given are requested. */
async function obtainTokens(
  { authorization_server: server, tokens, scope }: ContractConfiguration,
  { source, secrets, nowSeconds }: MaterialParts,
): Promise<Partial<Record<TokenName, Token>>> {
  if (server === undefined) return {};
  secrets.add(server.client_secret ?? '');
  const at = 'authorization_server';
  const keep = ({ text, expiresIn }: IssuedToken) => toToken(text, nowSeconds, expiresIn);
  const obtained: Partial<Record<TokenName, Token>> = {};
  if (tokens.valid === undefined) {
    obtained.valid = keep(
      await source.obtain({ path: `${at}.client_id`, scope, resource: server.resource }),
    );
  }
  if (tokens.lesser_scope === undefined && server.lesser_scope !== undefined) {
    const path = `${at}.lesser_scope`;
    const issued = await source.obtain({
      path,
      scope: server.lesser_scope,
      resource: server.resource,
    });
    assertLesser(issued.scope ?? server.lesser_scope, scope, path);
    obtained.lesser_scope = keep(issued);
  }
  if (
    tokens.other_audience === undefined &&
    (server.other_resource ?? server.other_scope) !== undefined
  ) {
    const { other_scope: otherScope, other_resource: resource } = server;
    obtained.other_audience = keep(
      await source.obtain({ path: `${at}.other_resource`, scope: otherScope, resource }),
    );
  }
  return obtained;
}

function holdsAll(scope: string | undefined, held: readonly string[]): boolean {
  return scope !== undefined && scope.split(' ').every((word) => held.includes(word));
}

function assertLesser(given: string, needed: string | undefined, path: string): void {
  if (!holdsAll(needed, given.split(' '))) return;
  throw new ConfigError([
    {
      path,
      message: 'gives a token that has the whole scope: name a smaller scope',
    },
  ]);
}

type Tokens = Material['tokens'];

function findTokenProblems(
  settings: ContractConfiguration,
  tokens: Tokens,
  foreignToken: Token | undefined,
  now: number,
): readonly ConfigProblem[] {
  const named = tokenNames.map((name) => ({ path: `tokens.${name}`, token: tokens[name] }));
  const all = [...named, { path: 'forbidden.token', token: foreignToken }];
  const unsendable = all
    .filter(({ token }) => token !== undefined && !isSendable(token.text))
    .map(({ path }) => ({
      path,
      message: 'has characters that a token cannot have. Is it cut, or quoted twice?',
    }));
  const stale = all
    .filter(({ path, token }) => path !== 'tokens.expired' && hasEnded(token, now))
    .map(({ path }) => ({ path, message: 'has expired: get a new token' }));
  return [...unsendable, ...stale, ...findMixUps(settings, tokens, now)];
}

function hasEnded(token: Token | undefined, now: number): boolean {
  return token?.expiresAt !== undefined && token.expiresAt <= now;
}

/** With a wrong token the check would blame the API for a mistake in the configuration. */
function findMixUps(
  { scope }: ContractConfiguration,
  tokens: Tokens,
  now: number,
): readonly ConfigProblem[] {
  const problem = (name: TokenName, message: string) => ({ path: `tokens.${name}`, message });
  const {
    valid,
    lesser_scope: lesser,
    other_audience: audience,
    other_issuer: issuer,
    expired,
  } = tokens;
  const problems: ConfigProblem[] = [];
  if (expired?.expiresAt !== undefined && expired.expiresAt > now)
    problems.push(problem('expired', 'has not expired yet'));
  if (lesser?.jwt !== undefined && holdsAll(scope, scopesOf(lesser.jwt)))
    problems.push(
      problem(
        'lesser_scope',
        'has the scope that "scope" names: give a token with a smaller scope',
      ),
    );
  if (String(tokens.id_token?.jwt?.header['typ']).toLowerCase().endsWith('at+jwt'))
    problems.push(problem('id_token', 'is an access token according to its typ'));
  if (valid?.jwt === undefined) return problems;
  const own = audiencesOf(valid.jwt);
  if (audience?.jwt !== undefined && audiencesOf(audience.jwt).some((one) => own.includes(one)))
    problems.push(
      problem('other_audience', 'has the audience of the valid token, but must be for another API'),
    );
  if (issuer?.jwt !== undefined && issuer.jwt.claims['iss'] === valid.jwt.claims['iss'])
    problems.push(problem('other_issuer', 'has the issuer of the valid token'));
  return problems;
}

/** Finds the key that a header names. If the header names no key, there must be only one. */
function findKey({ kid }: JsonRecord, keys: readonly JsonRecord[]): KeyObject | undefined {
  const signing = keys.filter((key) => key['use'] !== 'enc');
  const found =
    kid === undefined ? signing.length === 1 && signing[0] : keys.find((key) => key['kid'] === kid);
  if (found === undefined || found === false || found['kty'] === 'oct') return undefined;
  try {
    return createPublicKey({ key: found, format: 'jwk' });
  } catch {
    return undefined;
  }
}
