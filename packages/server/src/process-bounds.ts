/**
 * The limits of a process on its machine. Processes that serve together each get an equal part. The
 * limits in `limits` are not divided, because a caller with one connection reaches one process, and
 * must get its whole rate there.
 */
import { defaultTurnstile } from './accounts/accounts.ts';
import type { Configuration } from './configuration/configuration.ts';

export interface ProcessBounds {
  readonly connections: number;
  /** How many passwords are checked at once, and how many wait. */
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
