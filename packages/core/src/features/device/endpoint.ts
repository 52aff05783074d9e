/**
 * The device authorization endpoint (RFC 8628 §3.1, §3.2). A device without a keyboard gets a
 * secret for polling, and a short code that the user types on another device.
 * features/device/page.ts has the pages of the user, and features/device/device-code.ts the
 * polling.
 */
import { digest } from '@keywright/jwt';
import { deviceCodeGrant } from '@keywright/wire';
import { type Core, policyOf } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import { takeRows } from '../../kernel/limits/unassured.ts';
import type { Client } from '../../model/entities.ts';
import { networkOf } from '../../rules/network.ts';
import { readAskedFor } from '../../kernel/authorization-details/asked.ts';
import { answerClient, type ClientCall } from '../../kernel/clients/call.ts';
import { assertMayAsk, pollSeconds } from '../../kernel/deferred/check.ts';
import { json } from '../../kernel/http/responses.ts';
import type { NewDeferredRequest } from '../../model/deferred-ports.ts';
import { makeUserCode, markOfUserCode } from '../../kernel/deferred/user-code.ts';

/**
 * RFC 8628 §6.1: long enough to find the other device, short enough for a code of 34 bits. ASVS
 * 6.5.5: at most ten minutes.
 */
export const deviceCodeSeconds = 600;

/** Limits the number of codes, so that guesses rarely find one. */
const limit = {
  name: 'device-request',
  ofNetwork: { atOnce: 60, perSecond: 0.5 },
  inAll: { unverified: { atOnce: 1000, perSecond: 1 }, public: { atOnce: 20_000, perSecond: 20 } },
} as const;

/**
 * A code equals the code of another device with a probability of one in 20^8, so several such codes
 * in a row are a fault.
 */
const mostTries = 5;

export function handleDeviceAuthorization(core: Core, request: HttpRequest): Promise<HttpResponse> {
  return answerClient(core, request, async (call) => json(await ask(core, call)));
}

async function ask(core: Core, { request, parameters, client, now }: ClientCall) {
  assertMayAsk(core, client, deviceCodeGrant);
  assertMayBePlain(core, client);
  const checked = readAskedFor(parameters, client, await core.loadApis());
  const wanted = { ...checked, network: networkOf(request.remoteAddress) };
  await takeRows(core, client, request.remoteAddress, limit, JSON.stringify(wanted).length, now);
  const deviceCode = core.newSecret();
  const userCode = await keep(core, now, {
    digest: digest(deviceCode),
    kind: 'device',
    clientId: client.id,
    ask: wanted,
    intervalSeconds: pollSeconds,
    createdAt: now,
    expiresAt: now + deviceCodeSeconds,
  });
  const verificationUri = `${core.options.issuer}/device`;
  // §3.2.
  return {
    device_code: deviceCode,
    user_code: userCode,
    verification_uri: verificationUri,
    verification_uri_complete: `${verificationUri}?user_code=${userCode}`,
    expires_in: deviceCodeSeconds,
    interval: pollSeconds,
  };
}

/**
 * RFC 8628 has no signed request. So a client that must sign its requests (RFC 9101 §10.5) cannot
 * use it.
 */
function assertMayBePlain(core: Core, client: Client): void {
  if (
    policyOf(core, client).requestObjectsRequired ||
    client.settings?.requireSignedRequestObject === true
  )
    throw new OAuthError('request_object_required');
}

/** The user code under which the request was stored. No other request has it. */
async function keep(
  core: Core,
  now: number,
  request: Omit<NewDeferredRequest, 'userCodeMark'>,
): Promise<string> {
  for (let tries = 0; tries < mostTries; tries += 1) {
    const userCode = makeUserCode(core);
    const userCodeMark = markOfUserCode(core, userCode) ?? '';
    const outcome = await core.store.deferred.add({ ...request, userCodeMark }, now);
    if (outcome === 'added') return userCode;
  }
  throw new Error('no unused user code was found');
}
