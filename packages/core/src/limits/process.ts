/** What each process counts and bounds for itself. */
import type { Core } from '../core.ts';
import { createPasswordPlaces, createPasswordTurns } from '../interaction/password-check.ts';
import type { Ports } from '../ports.ts';
import { createHostLimits } from './hosts.ts';
import { createMarkLimits } from './unassured.ts';

export type ProcessLimits = Pick<Core, 'hostLimits' | 'markLimits' | 'passwordPlaces' | 'passwordTurns'>;

export function createProcessLimits(ports: Pick<Ports, 'clock' | 'pause'>): ProcessLimits {
  return {
    hostLimits: createHostLimits(ports.clock),
    markLimits: createMarkLimits(ports.clock),
    passwordPlaces: createPasswordPlaces(),
    passwordTurns: createPasswordTurns(ports),
  };
}
