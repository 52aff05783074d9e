/**
 * What a service may do with tokens and assertions of others: RFC 8693, RFC 7523 §2.1. Only the
 * operator sets it, for one client.
 */
import { jwtBearerGrant, tokenExchangeGrant } from '@keywright/wire';
import type { ClientRegistration, TokenExchangeRegistration } from '../client-registration.ts';
import type { CheckSettings, Say } from './check.ts';
const most = 100;

export const checkTokenExchange: CheckSettings = (input, say) => {
  checkExchange(input, say);
  checkIssuers(input, say);
};

function checkExchange(
  { token_exchange: exchange, grant_types: grants }: ClientRegistration,
  say: Say,
): void {
  const isWanted = grants?.includes(tokenExchangeGrant) === true;
  if (exchange === undefined) {
    if (isWanted) say('token_exchange', 'must say what may be exchanged, and for which audiences');
    return;
  }
  if (!isWanted) say('token_exchange', `needs ${tokenExchangeGrant} in grant_types`);
  if (!isExchange(exchange)) {
    say(
      'token_exchange',
      'must have impersonation and delegation, true or false, and audiences, a list of texts',
    );
    return;
  }
  const { impersonation = false, delegation = false, audiences } = exchange;
  if (!impersonation && !delegation)
    say('token_exchange', 'must switch on impersonation or delegation, or both');
  if (audiences.length === 0 || audiences.length > most)
    say('token_exchange.audiences', `must name 1 to ${most} APIs by their identifiers`);
}

/** Values of the admin API, so its members may be anything. */
function isExchange({
  impersonation,
  delegation,
  audiences,
}: { readonly [member in keyof TokenExchangeRegistration]?: unknown }): boolean {
  const areFlags = [impersonation, delegation].every(
    (one) => one === undefined || typeof one === 'boolean',
  );
  return areFlags && Array.isArray(audiences) && audiences.every((one) => typeof one === 'string');
}

function checkIssuers(
  { assertion_issuers: issuers, grant_types: grants }: ClientRegistration,
  say: Say,
): void {
  const isWanted = grants?.includes(jwtBearerGrant) === true;
  if (issuers === undefined) {
    if (isWanted) say('assertion_issuers', 'must name the issuers whose assertions it brings');
    return;
  }
  if (!isWanted) say('assertion_issuers', `needs ${jwtBearerGrant} in grant_types`);
  if (issuers.length === 0 || issuers.length > most)
    say('assertion_issuers', `must name 1 to ${most} issuers`);
}
