/** Initial access tokens (RFC 7591 §1.2) in the admin API. */
import { parseObject, wrong } from '../../kernel/json-api/members.ts';
import type { Core } from '../../kernel/core.ts';
import { memberOf } from '../../kernel/http/json-body.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import { json } from '../../kernel/http/responses.ts';
import type { Client } from '../../model/entities.ts';
import {
  defaultInitialToken,
  makeInitialToken,
  refuseInitialToken,
} from '../../kernel/clients/registering/initial-token.ts';

/** `expires_in` in seconds, default a day. `uses`, default one. */
export async function makeRegistrationToken(
  core: Core,
  request: HttpRequest,
  caller: Client,
): Promise<HttpResponse> {
  const body = parseObject(request);
  const { expiresInSeconds, uses } = defaultInitialToken;
  const wanted = {
    expiresInSeconds: numberOf(memberOf(body, 'expires_in') ?? expiresInSeconds),
    uses: numberOf(memberOf(body, 'uses') ?? uses),
  };
  const refused = refuseInitialToken(wanted);
  if (refused !== undefined) throw wrong(`A token cannot be made: ${refused}.`);
  const made = makeInitialToken(core, wanted, caller.id);
  return json(
    {
      initial_access_token: made.token,
      token_id: made.id,
      uses: made.uses,
      expires_at: made.expiresAt,
    },
    201,
  );
}

/** Any value that is not a number becomes an invalid number. */
function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : Number.NaN;
}
