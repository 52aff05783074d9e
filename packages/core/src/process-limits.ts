/** Counters and limits of each process. */
import type { Core } from './kernel/core.ts';
import { createPasswordPlaces, createPasswordTurns } from './kernel/accounts/password-check.ts';
import type { Ports } from './model/ports.ts';
import { createHostLimits } from './kernel/limits/hosts.ts';
import { createMarkLimits } from './kernel/limits/unassured.ts';

export type ProcessLimits = Pick<
  Core,
  'hostLimits' | 'markLimits' | 'passwordPlaces' | 'passwordTurns'
>;

export function createProcessLimits(ports: Pick<Ports, 'clock' | 'pause'>): ProcessLimits {
  return {
    hostLimits: createHostLimits(ports.clock),
    markLimits: createMarkLimits(ports.clock),
    passwordPlaces: createPasswordPlaces(),
    passwordTurns: createPasswordTurns(ports),
  };
}
