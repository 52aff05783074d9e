/**
 * Token exchange (RFC 8693): a service exchanges an access token that it received or has for a
 * token of its own, to call another API.
 * 1. The service may exchange tokens in this way. The operator has allowed it for this client.
 * 2. The subject token and the actor token are active tokens of this server, and the service may
 *    have them.
 * 3. Rights never grow: the scopes are at most those of the subject token and of the client, and
 *    the API is one that is named for the client.
 * 4. The token ends with the subject token and with its parents. It is bound to the key or
 *    certificate that the service proves.
 *
 * Spends nothing: a token may be exchanged again while it is valid. Not supported: tokens of other
 * issuers, ID tokens, refresh tokens.
 */
import { isHidden } from '../../kernel/accounts/subject.ts';
import type { Core } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import { answerWithTokens } from '../../kernel/tokens/tokens.ts';
import type { Client } from '../../model/entities.ts';
import { assertScopesWithin } from '../../rules/scope.ts';
import type { AuthorizationTerms } from '../../model/terms.ts';
import { type Actor, decideActor } from './actor.ts';
import { type Party, readParty } from './party.ts';
import { type ExchangedType, jwtType, parseExchange } from './request.ts';
import type { TokenRequest, TokenResponse } from '../../kernel/tokens/token-request.ts';
import type { ApiDirectory } from '../../model/services.ts';

export async function exchangeToken(core: Core, request: TokenRequest): Promise<TokenResponse> {
  const { parameters, client, now } = request;
  const permitted = client.settings?.tokenExchange;
  if (permitted === undefined) throw new OAuthError('client_not_permitted');
  const asked = parseExchange(parameters);
  const subject = await readParty(core, request, asked.subjectToken, 'subject_token_invalid');
  const actor = await decideActor(core, request, asked.actorToken, subject, permitted);
  const apis = await core.loadApis();
  const audience = chooseTarget(asked.targets, subject, permitted.audiences, apis);
  assertType(asked.issuedType, audience, apis);
  const scopes = narrowScopes(asked.scopes, subject, client);
  const answer = await answerWithTokens(
    core,
    {
      client,
      subject: subject.id,
      subjectName: subjectNameOf(subject, client),
      scopes,
      audience,
      apis,
      parent: subject.parent,
      // §2.2.1: never longer than the token for which it was exchanged.
      notAfter: Math.min(subject.claims.exp, actor.party?.claims.exp ?? subject.claims.exp),
      ...(subject.claims.auth_time !== undefined
        ? { authenticatedAt: subject.claims.auth_time }
        : {}),
      confirmation: request.confirmation,
      terms: termsOf(subject, actor, audience),
    },
    now,
  );
  tellExchange(core, client, subject, actor, audience, scopes);
  return { ...answer, issued_token_type: asked.issuedType };
}

/**
 * §2.2.2: invalid_target for an API that this client must not use. If the request names none, it is
 * the only allowed one, or the API of the subject token.
 */
function chooseTarget(
  targets: readonly string[],
  { claims }: Party,
  allowed: readonly string[],
  apis: ApiDirectory,
): string {
  const [audience = allowed.length === 1 ? allowed[0] : claims.aud, ...others] = targets;
  // RFC 9700 §4.10: a token is for one API.
  if (audience === undefined || others.length > 0)
    throw new OAuthError('target_invalid', { description: 'An access token is for one API.' });
  const api = allowed.includes(audience) ? apis.find(audience) : undefined;
  // The server's own API is for a service on its own account.
  if (api === undefined || api.origin === 'built-in')
    throw new OAuthError('target_invalid', {
      description: 'This client may not exchange tokens for this audience.',
    });
  return audience;
}

function assertType(type: ExchangedType, audience: string, apis: ApiDirectory): void {
  if (type === jwtType && apis.find(audience)?.settings?.accessTokenFormat === 'opaque')
    throw new OAuthError('parameter_unsupported', {
      description: 'requested_token_type: this API does not accept JWTs.',
    });
}

/** Scopes keep their names at the new API, because the user has agreed to these scopes. */
function narrowScopes(
  asked: readonly string[] | undefined,
  { claims }: Party,
  client: Client,
): readonly string[] {
  const held = claims.scope.split(' ').filter((scope) => client.scopes.includes(scope));
  const scopes = asked ?? held;
  assertScopesWithin(scopes, held);
  if (scopes.length === 0)
    throw new OAuthError('scope_invalid', {
      description: 'The subject token has no scope that this client may have.',
    });
  return scopes;
}

/**
 * OpenID Connect Core §8.1: a service that knows a user by a pairwise subject must not learn
 * another subject of the user by an exchange, so the subject of the token stays. A client with
 * pairwise subjects has its own subject for the user.
 */
function subjectNameOf({ id, isPerson, claims }: Party, client: Client): string | undefined {
  return isPerson && claims.sub !== id && !isHidden(client, id) ? claims.sub : undefined;
}

/**
 * The method and time of the sign-in stay true. The agreed details were for the API of the subject
 * token.
 */
function termsOf(
  { claims }: Party,
  { act }: Actor,
  audience: string,
): AuthorizationTerms | undefined {
  const { acr, amr, aud, authorization_details: authorizationDetails } = claims;
  const terms: AuthorizationTerms = {
    ...(acr !== undefined ? { acr } : {}),
    ...(amr !== undefined ? { amr } : {}),
    ...(aud === audience && authorizationDetails !== undefined ? { authorizationDetails } : {}),
    ...(act !== undefined ? { act } : {}),
  };
  return Object.keys(terms).length === 0 ? undefined : terms;
}

function tellExchange(
  core: Core,
  client: Client,
  subject: Party,
  { party }: Actor,
  audience: string,
  scopes: readonly string[],
): void {
  core.events.emit({
    type: 'token.exchanged',
    clientId: client.id,
    ...(subject.isPerson ? { accountId: subject.id } : { service: subject.id }),
    fromClientId: subject.claims.client_id,
    ...(party !== undefined ? { actor: party.id } : {}),
    audience,
    scopes,
  });
}
