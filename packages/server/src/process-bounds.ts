/**
 * What a process may take of its machine. Several that serve together share it, each an equal part; the limits of `limits` are no
 * part of this, since a caller on one connection meets one process, and is to find its whole rate there.
 */
import { defaultTurnstile } from './accounts/accounts.ts';
import type { Configuration } from './configuration/configuration.ts';

export interface ProcessBounds {
  readonly connections: number;
  /** Passwords that are checked at once, and that wait for it. */
  readonly passwords: { readonly parallel: number; readonly waiting: number };
}

export function shareBounds(
  { connections }: Pick<Configuration, 'connections'>,
  processes: number,
): ProcessBounds {
  const share = (whole: number): number => Math.max(1, Math.ceil(whole / processes));
  const { parallel, waiting } = defaultTurnstile;
  return {
    connections: share(connections),
    passwords: { parallel: share(parallel), waiting: share(waiting) },
  };
}
