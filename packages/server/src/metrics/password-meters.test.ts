import { expect, it } from 'vitest';
import { createTurnstile } from '../accounts/turnstile.ts';
import { renderMetrics } from './exposition.ts';
import { measureTurnstile } from './password-meters.ts';
import { createRegistry } from './registry.ts';

it('the metrics of passwords show how many checks run, wait and were refused', async () => {
  const registry = createRegistry('1');
  const turnstile = measureTurnstile(registry, createTurnstile({ parallel: 1, waiting: 1 }));
  const text = () => renderMetrics([registry.snapshot()]);
  const { promise, resolve } = Promise.withResolvers<string>();
  const passing = [turnstile.pass(() => promise), turnstile.pass(async () => 'second')];
  expect(await turnstile.pass(async () => 'third')).toBeUndefined();
  expect(text()).toContain('keywright_password_checks{worker="1",state="running"} 1\n');
  expect(text()).toContain('keywright_password_checks{worker="1",state="waiting"} 1\n');
  expect(text()).toContain('keywright_password_checks_refused_total 1\n');
  expect(text()).toContain('keywright_password_check_duration_seconds_count 0\n');
  resolve('first');
  expect(await Promise.all(passing)).toEqual(['first', 'second']);
  await expect(turnstile.pass(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(text()).toContain('keywright_password_checks{worker="1",state="running"} 0\n');
  expect(text()).toContain('keywright_password_checks{worker="1",state="waiting"} 0\n');
  expect(text()).toContain('keywright_password_check_duration_seconds_count 3\n');
  expect(text()).toContain('keywright_password_checks_refused_total 1\n');
});
