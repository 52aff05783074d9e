/**
 * How strong a sign-in was, by name (OpenID Connect Core §2, `acr`), and asking for a stronger one (RFC 9470 §4, §5). One way of signing in is
 * known today, the password, so there is one name, which an operator may choose.
 */
import type { Core } from '../core.ts';
import { OAuthError } from '../../model/errors.ts';
import type { Parameters } from '../http/parameters.ts';
import type { Client, Session } from '../../model/entities.ts';
import type { AcrWish } from '../../model/terms.ts';

/** It travels sealed in an address. */
const longestAcrValues = 2048;

/** For discovery (`acr_values_supported`): all that a sign-in here can be. */
export function supportedAcrs({ options }: Pick<Core, 'options'>): readonly string[] {
  return [options.passwordAcr];
}

export function acrOf({ options }: Pick<Core, 'options'>, { terms }: Pick<Session, 'terms'>): string {
  return terms?.acr ?? options.passwordAcr;
}

/**
 * What the request asks for: an essential `acr` of its `claims`, else `acr_values` (§3.1.2.1), else what the client registered as
 * `default_acr_values` (Registration §2). Throws authentication_unmet where no sign-in here could do: nobody is bothered for nothing.
 */
export function acrWish(
  core: Pick<Core, 'options'>,
  parameters: Parameters,
  claimed: AcrWish | undefined,
  client: Client,
): AcrWish | undefined {
  const wish = claimed?.essential === true ? claimed : (voluntaryWish(parameters, client) ?? claimed);
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

/** Whether this sign-in is what was wished for. */
export function meetsAcr(
  core: Pick<Core, 'options'>,
  wish: AcrWish | undefined,
  session: Pick<Session, 'terms'>,
): boolean {
  return wish === undefined || wish.values.length === 0 || wish.values.includes(acrOf(core, session));
}

/** Whether signing in again could come nearer to what was wished for. */
export function canStepUp(core: Pick<Core, 'options'>, wish: AcrWish | undefined): boolean {
  return wish?.values.some((value) => supportedAcrs(core).includes(value)) === true;
}
