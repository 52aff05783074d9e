/**
 * The userinfo answer (OpenID Connect Core §5.3.2): plain JSON, or a signed JWT for a client that
 * registered for it, encrypted if the client registered for that.
 */
import type { SigningAlgorithm } from '@keywright/jwt';
import type { Claims } from '../accounts/claims.ts';
import type { EncryptionChoice } from '../../model/client-settings.ts';
import type { Core } from '../core.ts';
import type { HttpResponse } from '../http/message.ts';
import { json, privateText } from '../http/responses.ts';
import { signingKeyOf } from '../keys/key-ring.ts';
import type { Client } from '../../model/entities.ts';
import { encryptFor } from './encrypted.ts';

export function answerUserinfo(
  core: Core,
  client: Client,
  claims: Claims,
  now: number,
): HttpResponse | Promise<HttpResponse> {
  const { userinfoSignedResponseAlg: algorithm, userinfoEncryption: encryption } =
    client.settings ?? {};
  if (algorithm !== undefined) return answerSigned(core, client, algorithm, claims, now);
  if (encryption !== undefined)
    return answerEncrypted(core, client, encryption, JSON.stringify(claims));
  return json(claims);
}

async function answerSigned(
  core: Core,
  client: Client,
  algorithm: SigningAlgorithm,
  claims: Claims,
  now: number,
): Promise<HttpResponse> {
  const key = signingKeyOf(await core.keys.load(), algorithm);
  // §5.3.2: iss and aud. Neither exp nor auth_time, because it is not an ID token and must not look
  // like one (RFC 8725 §3.12).
  const about = { ...claims, iss: core.options.issuer, aud: client.id, iat: now };
  const jwt = await core.signer.sign(key, 'JWT', about);
  const encryption = client.settings?.userinfoEncryption;
  // §5.3.2: first signed, then encrypted.
  return encryption === undefined
    ? jwtAnswer(jwt)
    : answerEncrypted(core, client, encryption, jwt, 'JWT');
}

async function answerEncrypted(
  core: Core,
  client: Client,
  choice: EncryptionChoice,
  text: string,
  cty?: 'JWT',
): Promise<HttpResponse> {
  return jwtAnswer(await encryptFor(core, client, choice, text, cty));
}

function jwtAnswer(body: string): HttpResponse {
  return privateText('application/jwt', body);
}
