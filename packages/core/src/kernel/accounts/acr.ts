/**
 * The strength of a sign-in, by name (OpenID Connect Core §2, `acr`), and requests for a stronger
 * one (RFC 9470 §4, §5). The password is the only kind of sign-in, so there is one name. The
 * operator may choose it.
 */
import type { Core } from '../core.ts';
import { OAuthError } from '../../model/errors.ts';
import type { Parameters } from '../http/parameters.ts';
import type { Client, Session } from '../../model/entities.ts';
import type { AcrWish } from '../../model/terms.ts';

/** It is carried in an address, sealed. */
const longestAcrValues = 2048;

/** For discovery (`acr_values_supported`): all strengths of this server. */
export function supportedAcrs({ options }: Pick<Core, 'options'>): readonly string[] {
  return [options.passwordAcr];
}

export function acrOf(
  { options }: Pick<Core, 'options'>,
  { terms }: Pick<Session, 'terms'>,
): string {
  return terms?.acr ?? options.passwordAcr;
}

/**
 * The requested strengths: an essential `acr` in `claims`, else `acr_values` (§3.1.2.1), else the
 * registered `default_acr_values` (Registration §2). Throws authentication_unmet if no sign-in at
 * this server can meet them. Then the user is not asked in vain.
 */
export function acrWish(
  core: Pick<Core, 'options'>,
  parameters: Parameters,
  claimed: AcrWish | undefined,
  client: Client,
): AcrWish | undefined {
  const wish =
    claimed?.essential === true ? claimed : (voluntaryWish(parameters, client) ?? claimed);
  const possible = wish?.values.some((value) => supportedAcrs(core).includes(value)) ?? false;
  if (wish?.essential === true && wish.values.length > 0 && !possible)
    throw new OAuthError('authentication_unmet');
  return wish;
}

function voluntaryWish(parameters: Parameters, { settings }: Client): AcrWish | undefined {
  const text = parameters.get('acr_values');
  if (text !== undefined && text.length > longestAcrValues)
    throw new OAuthError('parameter_malformed', {
      description: `acr_values is longer than ${longestAcrValues} characters.`,
    });
  const words = text?.split(' ').filter((word) => word !== '');
  const values = words ?? settings?.defaultAcrValues;
  return values === undefined ? undefined : { values, essential: false };
}

/** Whether this sign-in meets the request. */
export function meetsAcr(
  core: Pick<Core, 'options'>,
  wish: AcrWish | undefined,
  session: Pick<Session, 'terms'>,
): boolean {
  return (
    wish === undefined || wish.values.length === 0 || wish.values.includes(acrOf(core, session))
  );
}

/** Whether a new sign-in could meet the request better. */
export function canStepUp(core: Pick<Core, 'options'>, wish: AcrWish | undefined): boolean {
  return wish?.values.some((value) => supportedAcrs(core).includes(value)) === true;
}
