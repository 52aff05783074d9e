/** `keywright registration token`. */
import { makeInitialToken, refuseInitialToken } from '@keywright/core';
import { systemClock, systemRandom } from '../ports.ts';
import { type GlobalOptions, withStore } from './context.ts';
import { parseDuration } from './duration.ts';
import { CommandError, moment, print, printJson, warn } from './output.ts';

export interface TokenOptions {
  readonly json?: boolean;
  readonly expires: string;
  readonly uses: string;
}

export function makeToken(options: TokenOptions, global: GlobalOptions): Promise<void> {
  return withStore(global, async ({ configuration, vault, events }) => {
    const uses = /^\d{1,9}$/.test(options.uses) ? Number(options.uses) : Number.NaN;
    const wanted = { expiresInSeconds: parseDuration(options.expires, '--expires'), uses };
    const refused = refuseInitialToken(wanted);
    if (refused !== undefined) throw new CommandError(`No token was made: ${refused}.`);
    const made = makeInitialToken(
      { vault, clock: systemClock, random: systemRandom, events },
      wanted,
    );
    warnWhenOff(configuration.options.features?.registration, configuration.options.profile);
    if (options.json === true) return printJson(made);
    print(`initial_access_token  ${made.token}`);
    return warn(
      `The token is shown only once. It is for ${uses}, and expires ${moment(made.expiresAt)}. It cannot be revoked.`,
    );
  });
}

function warnWhenOff(registration: string | undefined, profile: string | undefined): void {
  if ((registration ?? 'off') === 'off' && profile !== 'oidc-certification')
    warn('Registration is off. Set `features.registration`. Otherwise the token cannot be used.');
}
