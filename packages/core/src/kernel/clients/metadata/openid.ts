/**
 * What an OpenID Connect client registers (Dynamic Registration §2): the type of its subjects, the
 * form of its ID tokens and userinfo, and the defaults of its requests. `require_auth_time` changes
 * nothing, because every ID token has `auth_time`.
 */
import { parseHttpsAddress } from '../../../rules/web-address.ts';
import type { ClientRegistration } from '../client-registration.ts';
import type { CheckSettings, Say } from './check.ts';

const longestMaxAge = 999_999_999;
const mostAcrValues = 20;

export const checkOpenId: CheckSettings = (input, say) => {
  checkSubject(input, say);
  const { id_token_claims: claims } = input;
  if (claims !== undefined && claims !== 'from_scopes')
    say('id_token_claims', 'must be from_scopes');
  checkDefaults(input, say);
};

function checkSubject(input: ClientRegistration, say: Say): void {
  const { subject_type: type, sector_identifier_uri: sector } = input;
  if (type !== undefined && type !== 'public' && type !== 'pairwise')
    say('subject_type', 'must be public or pairwise');
  if (sector !== undefined && !isSectorAddress(sector))
    say('sector_identifier_uri', 'must be an https URL without user and fragment');
  if (type === 'pairwise' && sector === undefined) checkOneHost(input, say);
}

/**
 * Registration §5: "the value of sector_identifier_uri MUST be a URL using the https scheme".
 * `kernel/clients/registering/sector.ts` reads its content.
 */
function isSectorAddress(address: string): boolean {
  return parseHttpsAddress(address)?.hash === '';
}

/**
 * Core §8.1: with several hosts it "MUST register a sector_identifier_uri". So must a client
 * without a host of its own: a native one, or one with an address that has no host.
 */
function checkOneHost({ redirect_uris: uris = [], kind }: ClientRegistration, say: Say): void {
  const hosts = new Set(uris.map((uri) => URL.parse(uri)?.hostname ?? ''));
  if (hosts.size === 1 && !hosts.has('') && kind !== 'native') return;
  say(
    'sector_identifier_uri',
    'is needed for pairwise subjects, unless all redirect_uris are of one host that is the client’s own',
  );
}

function checkDefaults(input: ClientRegistration, say: Say): void {
  const { default_max_age: maxAge, default_acr_values: acrs } = input;
  if (maxAge !== undefined && !(Number.isInteger(maxAge) && maxAge >= 0 && maxAge <= longestMaxAge))
    say('default_max_age', `must be a whole number of seconds, at most ${longestMaxAge}`);
  if (acrs !== undefined && !areAcrs(acrs))
    say('default_acr_values', `must be 1 to ${mostAcrValues} words, in order of preference`);
}

function areAcrs(acrs: readonly string[]): boolean {
  return (
    acrs.length > 0 &&
    acrs.length <= mostAcrValues &&
    acrs.every((acr) => /^[\x21-\x7e]{1,200}$/.test(acr))
  );
}
