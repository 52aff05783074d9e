/** The parameters that only a backchannel authentication request has (CIBA §7.1). */
import type { Core } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import { type Parameters, requireParameter } from '../../kernel/http/parameters.ts';
import type { Client } from '../../model/entities.ts';

export interface BackchannelParameters {
  readonly bindingMessage: string | undefined;
  /** For a client that gets pings. */
  readonly notificationToken: string | undefined;
  readonly expiresIn: number;
}

/** ASVS 6.5.5: at most ten minutes. At least half a minute, because users need time to read. */
const expirySeconds = { least: 30, most: 600, usual: 300 };

export function checkBackchannelParameters(
  core: Core,
  parameters: Parameters,
  client: Client,
): BackchannelParameters {
  return {
    bindingMessage: parseBindingMessage(parameters),
    notificationToken: parseNotificationToken(core, parameters, client),
    expiresIn: parseRequestedExpiry(parameters),
  };
}

/**
 * Letters, digits, marks, simple punctuation and single spaces. So the text looks the same on both
 * screens, and cannot imitate a message of an attacker.
 */
const bindingMessage =
  /^[\p{L}\p{M}\p{N}#&()+,./:;=?@_'’–-]+(?: [\p{L}\p{M}\p{N}#&()+,./:;=?@_'’–-]+)*$/u;
const longestBindingMessage = 64;

/** §7.1: short, plain text; §13: invalid_binding_message. */
function parseBindingMessage(parameters: Parameters): string | undefined {
  const text = parameters.get('binding_message');
  if (text === undefined) return undefined;
  if (text.length > longestBindingMessage || !bindingMessage.test(text))
    throw new OAuthError('binding_message_invalid');
  return text;
}

/** RFC 6750 §2.1, which §7.1 refers to, and its upper bound; 128 bits need 22 characters. */
const bearerToken = /^[A-Za-z0-9._~+/-]+=*$/;
const tokenLength = { least: 22, most: 1024 };

/** §7.1: required for a client that registered for pings, and ignored for other clients. */
function parseNotificationToken(
  core: Core,
  parameters: Parameters,
  client: Client,
): string | undefined {
  if (client.settings?.backchannelTokenDeliveryMode !== 'ping') return undefined;
  // Without the outbound client, no ping could ever be sent.
  if (core.outbound === undefined)
    throw new OAuthError('parameter_unsupported', {
      description: 'The ping mode is off at this server: register for poll.',
    });
  const token = requireParameter(parameters, 'client_notification_token');
  if (
    token.length < tokenLength.least ||
    token.length > tokenLength.most ||
    !bearerToken.test(token)
  )
    throw new OAuthError('parameter_malformed', {
      description: `client_notification_token must be ${tokenLength.least} to ${tokenLength.most} characters of a bearer token.`,
    });
  return token;
}

/** §7.1: a wish. A value outside of the limits is moved to the nearest limit. */
function parseRequestedExpiry(parameters: Parameters): number {
  const text = parameters.get('requested_expiry');
  if (text === undefined) return expirySeconds.usual;
  if (!/^[1-9][0-9]{0,8}$/.test(text))
    throw new OAuthError('parameter_malformed', {
      description: 'requested_expiry must be a positive whole number of seconds.',
    });
  return Math.min(Math.max(Number(text), expirySeconds.least), expirySeconds.most);
}
