/** The token lifetimes of each tier: its defaults, changed by options, within limits. */
import type { AuthorizationServerOptions } from './server-options.ts';
import type { ConfigProblem } from '../../model/errors.ts';
import { type TierLifetimes, tiers } from './tiers.ts';
import { type TierName, tierNames } from '../../model/features.ts';
import { type ProfileName, profileNames } from '../../model/client-settings.ts';
import { profiles } from './profiles.ts';

const longestSeconds = 5 * 365 * 24 * 3600;

export function resolveLifetimes(
  changes: AuthorizationServerOptions['lifetimes'],
  problems: ConfigProblem[],
): Record<TierName, TierLifetimes> {
  const resolved = {} as Record<TierName, TierLifetimes>;
  for (const name of tierNames) {
    const lifetimes = { ...tiers[name].lifetimes, ...changes?.[name] };
    checkLifetimes(`lifetimes.${name}`, lifetimes, problems);
    resolved[name] = lifetimes;
  }
  return resolved;
}

function checkLifetimes(path: string, lifetimes: TierLifetimes, problems: ConfigProblem[]): void {
  // RFC 9700 and ASVS 10.4.3 require short code lifetimes. Here it is at most one minute.
  bounded(`${path}.codeSeconds`, lifetimes.codeSeconds, 1, 60, problems);
  bounded(`${path}.accessTokenSeconds`, lifetimes.accessTokenSeconds, 10, 3600, problems);
  bounded(`${path}.idTokenSeconds`, lifetimes.idTokenSeconds, 10, 3600, problems);
  const {
    refreshRetrySeconds: retry,
    refreshAbsoluteSeconds: absolute,
    refreshIdleSeconds: idle,
  } = lifetimes;
  if (retry !== 'until_used') bounded(`${path}.refreshRetrySeconds`, retry, 0, 3600, problems);
  if (absolute !== 'never')
    bounded(`${path}.refreshAbsoluteSeconds`, absolute, 60, longestSeconds, problems);
  bounded(
    `${path}.refreshIdleSeconds`,
    idle,
    60,
    absolute === 'never' ? longestSeconds : absolute,
    problems,
  );
}

/**
 * A setting that is weaker than every default needs a tier of reviewed clients, and a profile that
 * rotates.
 */
export function checkOpenLifetimes(
  profile: ProfileName,
  lifetimes: Readonly<Record<TierName, TierLifetimes>>,
  problems: ConfigProblem[],
): void {
  const { refreshAbsoluteSeconds: absolute, refreshRetrySeconds: retry } = lifetimes.unverified_app;
  const say = (path: string, message: string) =>
    void problems.push({ path: `lifetimes.${path}`, message });
  const reviewed = 'is not available to applications that nobody has reviewed';
  if (absolute === 'never') say('unverified_app.refreshAbsoluteSeconds', reviewed);
  if (retry === 'until_used') say('unverified_app.refreshRetrySeconds', reviewed);
  // FAPI 2.0 Security Profile §5.3.2.1: without rotation there is no retry.
  if (!profileNames.includes(profile) || !profiles[profile].policy.refreshTokensStay) return;
  for (const name of tierNames)
    if (lifetimes[name].refreshRetrySeconds === 'until_used')
      say(
        `${name}.refreshRetrySeconds`,
        `cannot be until_used, because refresh tokens do not change under ${profile}`,
      );
}

/** Returns the value. Reports a problem if it is not a whole number within these limits. */
export function bounded(
  path: string,
  value: number,
  least: number,
  most: number,
  problems: ConfigProblem[],
): number {
  if (!Number.isInteger(value) || value < least || value > most)
    problems.push({ path, message: `must be a whole number from ${least} to ${most}` });
  return value;
}
