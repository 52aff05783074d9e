/**
 * What a client says beyond what every client has: each extension checks its own members, and says what is wrong with them. Whoever adds one
 * adds a file beside this one and a line here.
 */
import type { ClientRegistration } from '../registration.ts';
import type { ClientSettings } from '../settings.ts';
import { checkProfile } from './profile.ts';

export type Say = (member: string, message: string) => void;

export type CheckSettings = (input: ClientRegistration, say: Say) => ClientSettings;

const checks: readonly CheckSettings[] = [checkProfile];

/** Undefined where the client said nothing beyond. */
export function checkSettings(input: ClientRegistration, say: Say): ClientSettings | undefined {
  const settings = Object.assign({}, ...checks.map((check) => check(input, say))) as ClientSettings;
  return Object.keys(settings).length === 0 ? undefined : settings;
}
