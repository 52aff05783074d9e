/**
 * The backchannel authentication endpoint (OpenID CIBA Core 1.0 §7). An application requests access
 * of a user whom it names, and who does not use it at that moment. The user answers on the account
 * page, in a browser with a session. The client polls for the answer, or gets a ping. Not
 * supported: the push mode, `user_code`, `login_hint_token`.
 */
import { digest } from '@keywright/jwt';
import { cibaGrant } from '@keywright/wire';
import { acrWish } from '../../kernel/accounts/acr.ts';
import type { Core } from '../../kernel/core.ts';
import { OAuthError, throttled } from '../../model/errors.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import { requireParameter } from '../../kernel/http/parameters.ts';
import type { Account, Client } from '../../model/entities.ts';
import { networkOf } from '../../rules/network.ts';
import { checkBackchannelParameters } from './parameters.ts';
import { readAskedFor } from '../../kernel/authorization-details/asked.ts';
import { answerClient, type ClientCall } from '../../kernel/clients/call.ts';
import { assertMayAsk, pollSeconds } from '../../kernel/deferred/check.ts';
import { json } from '../../kernel/http/responses.ts';
import { loadHinted } from './hint.ts';
import { sealPing } from '../../kernel/deferred/ping.ts';
import { readSignedRequest } from './signed-request.ts';

/**
 * How often one client may ask one user, whatever the user answers: a burst, and then one request
 * in this time.
 */
const askingSeconds = 60;

export function handleBackchannelAuthentication(
  core: Core,
  request: HttpRequest,
): Promise<HttpResponse> {
  return answerClient(core, request, async (call) => json(await ask(core, call)));
}

async function ask(core: Core, { request, parameters: form, client, now }: ClientCall) {
  assertMayAsk(core, client, cibaGrant);
  // §7.1: the client must authenticate. A client that only names itself has proved nothing,
  // whatever is stored for it.
  if (client.authenticationMethods.includes('none')) throw new OAuthError('client_not_permitted');
  const parameters = await readSignedRequest(core, client, form, now);
  requireParameter(parameters, 'scope');
  const checked = readAskedFor(parameters, client, await core.loadApis());
  // §7.1: CIBA is OpenID Connect.
  if (!checked.scopes.includes('openid'))
    throw new OAuthError('scope_invalid', { description: 'scope must contain openid.' });
  const { bindingMessage, notificationToken, expiresIn } = checkBackchannelParameters(
    core,
    parameters,
    client,
  );
  const acr = acrWish(core, parameters, undefined, client);
  const account = await loadHinted(core, parameters, client, now);
  await takeOfAsking(core, client, account, now);
  const { waitingOfAccount, waitingOfClient } = core.options.backchannelRequests;

  const authReqId = core.newSecret();
  const key = digest(authReqId);
  const expiresAt = now + expiresIn;
  const outcome = await core.store.deferred.add(
    {
      digest: key,
      kind: 'ciba',
      clientId: client.id,
      accountId: account.id,
      ask: {
        ...checked,
        network: networkOf(request.remoteAddress),
        ...(acr !== undefined ? { acr } : {}),
        ...(bindingMessage !== undefined ? { bindingMessage } : {}),
        ...(notificationToken !== undefined
          ? { sealedPing: sealPing(core, { authReqId, notificationToken }, key) }
          : {}),
      },
      intervalSeconds: pollSeconds,
      createdAt: now,
      expiresAt,
    },
    now,
    // With more at once, users would learn to allow requests without reading them (ASVS 6.6.4).
    { ofAccount: waitingOfAccount, ofClient: waitingOfClient },
  );
  if (outcome !== 'added') {
    const policy = { name: 'backchannel-waiting', quota: waitingOfClient, windowSeconds: 300 };
    throw throttled(policy, 60, { accountId: account.id, outcome });
  }
  tellPerson(core, client, account, { digest: key, bindingMessage, expiresAt });
  // §7.3.
  return { auth_req_id: authReqId, expires_in: expiresIn, interval: pollSeconds };
}

/**
 * An operator who follows the events may send a message to the user. The digest identifies the
 * request at the answer.
 */
function tellPerson(
  core: Core,
  client: Client,
  account: Account,
  asked: {
    readonly digest: string;
    readonly bindingMessage: string | undefined;
    readonly expiresAt: number;
  },
): void {
  core.events.emit({
    type: 'backchannel.requested',
    clientId: client.id,
    accountId: account.id,
    ...asked,
  });
}

/** Each request interrupts a user. If one is denied, the next must not follow at once. */
async function takeOfAsking(
  core: Core,
  client: Client,
  account: Account,
  now: number,
): Promise<void> {
  const key = `backchannel:${digest(`${client.id} ${account.id}`)}`;
  const { burst } = core.options.backchannelRequests;
  const wait = await core.store.throttles.take(
    [{ key, intervalSeconds: askingSeconds, burst }],
    now,
  );
  const policy = {
    name: 'backchannel-request',
    quota: burst,
    windowSeconds: burst * askingSeconds,
  };
  if (wait > 0) throw throttled(policy, wait, { accountId: account.id });
}
