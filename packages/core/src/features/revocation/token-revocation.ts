/**
 * Global Token Revocation (draft-parecki-oauth-global-token-revocation-05): a security tool or an
 * identity provider requests the end of all sessions and tokens of a user. The caller is a
 * first-party service with an access token for this server's own API and the scope `tokens:revoke`.
 *
 * Consents end too, because tokens of the implicit grant depend on them. A user who signs in again
 * is asked again. The account stays active.
 */
import type { Core } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import { isJsonObject, malformed, memberOf, parseJsonBody } from '../../kernel/http/json-body.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import { empty } from '../../kernel/http/responses.ts';
import type { Account, Client } from '../../model/entities.ts';
import type { JsonMembers } from '../../model/terms.ts';

export async function revokeEverything(
  core: Core,
  request: HttpRequest,
  client: Client,
): Promise<HttpResponse> {
  const account = await findAccount(core, readSubject(parseJsonBody(request)));
  if (account === undefined) throw new OAuthError('subject_unknown');
  // §3.3: all refresh tokens end, and new ones need a new sign-in.
  await core.store.accounts.endEverything(account.id, core.clock.nowSeconds());
  core.events.emit({ type: 'account.tokens_revoked', accountId: account.id, by: client.id });
  return empty(204);
}

type Subject =
  | { readonly format: 'email'; readonly email: string }
  | { readonly format: 'opaque'; readonly id: string }
  | { readonly format: 'iss_sub'; readonly iss: string; readonly sub: string };

/** RFC 9493 §3: one format, and exactly its members. Throws body_malformed. */
function readSubject(body: unknown): Subject {
  const subject = isJsonObject(body) ? memberOf(body, 'sub_id') : undefined;
  if (!isJsonObject(subject)) throw malformed('sub_id must be a subject identifier (RFC 9493).');
  const format = memberOf(subject, 'format');
  switch (format) {
    case 'email':
      return { format, email: textOf(subject, 'email') };
    case 'opaque':
      return { format, id: textOf(subject, 'id') };
    case 'iss_sub':
      return { format, iss: textOf(subject, 'iss'), sub: textOf(subject, 'sub') };
    default:
      throw malformed('sub_id.format must be email, iss_sub or opaque.');
  }
}

const longest = 320;

function textOf(subject: JsonMembers, name: string): string {
  const value = memberOf(subject, name);
  if (typeof value !== 'string' || value === '' || value.length > longest)
    throw malformed(`sub_id.${name} must be a text of 1 to ${longest} characters.`);
  return value;
}

/** Also disabled accounts: everything of them has ended, and ending it again is no error. */
async function findAccount(core: Core, subject: Subject): Promise<Account | undefined> {
  if (subject.format === 'email')
    return core.store.accounts.loadByEmailKey(core.accounts.emailKey(subject.email));
  if (subject.format === 'opaque') return core.store.accounts.load(subject.id);
  // RFC 9493 §3.2.4: a subject of another issuer is unknown here.
  return subject.iss === core.options.issuer ? core.store.accounts.load(subject.sub) : undefined;
}
