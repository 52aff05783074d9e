/** Counters, limits and memories of each process. */
import type { Core } from './kernel/core.ts';
import { createPasswordSemaphore, createPasswordTurns } from './kernel/accounts/password-check.ts';
import type { Ports } from './model/ports.ts';
import { createHostLimits } from './kernel/limits/hosts.ts';
import { createResourceMemory } from './kernel/resources/names.ts';
import { createMarkLimits } from './kernel/limits/unassured.ts';

export type ProcessLimits = Pick<
  Core,
  'hostLimits' | 'markLimits' | 'passwordSemaphore' | 'passwordTurns' | 'resourceMemory'
>;

export function createProcessLimits(ports: Pick<Ports, 'clock' | 'pause'>): ProcessLimits {
  return {
    hostLimits: createHostLimits(ports.clock),
    markLimits: createMarkLimits(ports.clock),
    passwordSemaphore: createPasswordSemaphore(),
    passwordTurns: createPasswordTurns(ports),
    resourceMemory: createResourceMemory(),
  };
}
