/**
 * How strongly a user was authenticated. A session stores the methods (`amr`, RFC 8176). Its
 * strength follows from them, and has a name (OpenID Connect Core §2, `acr`). Clients and APIs ask
 * for a stronger one by its name (RFC 9470 §4, §5).
 */
import type { Core } from '../core.ts';
import { OAuthError } from '../../model/errors.ts';
import type { Parameters } from '../http/parameters.ts';
import type { Client, Session } from '../../model/entities.ts';
import { type AcrWish, type SessionTerms, strongerAcrs } from '../../model/terms.ts';

/** It is carried in an address, sealed. */
const longestAcrValues = 2048;

/** The methods of a sign-in with a password alone. */
export const passwordAlone: readonly string[] = ['pwd'];

/** For discovery (`acr_values_supported`): all strengths that a sign-in here can have. */
export function supportedAcrs({ options }: Pick<Core, 'options'>): readonly string[] {
  const { totp, passkeys } = options.features;
  const [twoFactor, phishingResistant] = strongerAcrs;
  return [
    options.passwordAcr,
    ...(totp || passkeys ? [twoFactor] : []),
    ...(passkeys ? [phishingResistant] : []),
  ];
}

/**
 * The names of all strengths that this sign-in has, the weakest first. A sign-in of which the store
 * does not know the methods was one with a password.
 */
function acrsOf(
  { options }: Pick<Core, 'options'>,
  { terms }: Pick<Session, 'terms'>,
): readonly string[] {
  if (terms?.acr !== undefined) return [terms.acr];
  return [options.passwordAcr, ...strongerAcrs].slice(0, 1 + additionalStrength(terms?.amr));
}

/** 1 for two factors. 2 if one of them does not work at a site that imitates this server. */
function additionalStrength(methods: readonly string[] = passwordAlone): 0 | 1 | 2 {
  if (!methods.includes('mfa')) return 0;
  return methods.includes('hwk') || methods.includes('swk') ? 2 : 1;
}

/** The strength of this sign-in: the one that the client prefers, else the greatest. */
export function acrOf(
  core: Pick<Core, 'options'>,
  session: Pick<Session, 'terms'>,
  wish?: AcrWish,
): string {
  const acrs = acrsOf(core, session);
  // OpenID Connect Core §5.5.1.1: the value must be one of the requested values.
  const preferred = wish?.values.find((value) => acrs.includes(value));
  return preferred ?? acrs.at(-1) ?? core.options.passwordAcr;
}

/**
 * What tokens say about the sign-in. RFC 9470 §5: a client that asks for a strength gets its name
 * in the ID token and in the access token. Otherwise a sign-in with a password alone is not
 * mentioned, so that tokens stay small.
 */
export function authenticationOf(
  core: Pick<Core, 'options'>,
  session: Pick<Session, 'terms'>,
  wish: AcrWish | undefined,
): SessionTerms {
  const isPlain = isPasswordAlone(session.terms);
  const { amr } = session.terms ?? {};
  return {
    ...(wish !== undefined || !isPlain ? { acr: acrOf(core, session, wish) } : {}),
    ...(amr !== undefined && !isPlain ? { amr } : {}),
  };
}

export function isPasswordAlone({ acr, amr = passwordAlone }: SessionTerms = {}): boolean {
  return acr === undefined && amr.every((method) => passwordAlone.includes(method));
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
  if (wish === undefined || wish.values.length === 0) return true;
  const acrs = acrsOf(core, session);
  return wish.values.some((value) => acrs.includes(value));
}

/** Whether it was a sign-in with two factors: a password and a code, or a passkey. */
export function hasTwoFactors(
  core: Pick<Core, 'options'>,
  session: Pick<Session, 'terms'>,
): boolean {
  return meetsAcr(core, { values: strongerAcrs, essential: true }, session);
}

/** Whether it was a sign-in with a passkey. */
export function isPhishingResistant(
  core: Pick<Core, 'options'>,
  session: Pick<Session, 'terms'>,
): boolean {
  return meetsAcr(core, { values: [strongerAcrs[1]], essential: true }, session);
}
