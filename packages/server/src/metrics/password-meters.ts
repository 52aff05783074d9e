/** Checks of passwords: how many run, how many wait, and how many were refused. */
import type { Turnstile } from '../accounts/turnstile.ts';
import type { Registry } from './registry.ts';

const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

export function measureTurnstile(registry: Registry, turnstile: Turnstile): Turnstile {
  const durations = registry.histogram(
    'keywright_password_check_duration_seconds',
    'The time of a password check, without the waiting time.',
    seconds,
  );
  const refused = registry.counter(
    'keywright_password_checks_refused_total',
    'Checks that did not start because too many waited.',
  );
  let present = 0;
  let running = 0;
  registry.read(
    'keywright_password_checks',
    'Password checks that run, and that wait for a place.',
    {
      type: 'gauge',
      across: 'each',
      labels: { state: ['running', 'waiting'] },
      read: () => [
        [running, 'running'],
        [present - running, 'waiting'],
      ],
    },
  );
  return {
    ...turnstile,
    async pass(work) {
      present += 1;
      let began = false;
      try {
        return await turnstile.pass(async () => {
          began = true;
          running += 1;
          const start = performance.now();
          try {
            return await work();
          } finally {
            running -= 1;
            durations.observe((performance.now() - start) / 1000);
          }
        });
      } finally {
        present -= 1;
        if (!began) refused.add(1);
      }
    },
  };
}
