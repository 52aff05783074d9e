import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Supervisor } from './supervisor.ts';

it('the supervisor reads the configuration once for all callers during a reload', async () => {
  const warnings: string[] = [];
  const readings: PromiseWithResolvers<never>[] = [];
  const read = () => {
    const reading = Promise.withResolvers<never>();
    readings.push(reading);
    return reading.promise;
  };
  const describeFailure = (error: unknown) => (error as Error).message;
  const warn = (text: string) => warnings.push(text);
  const parts = { read, describeFailure, warn, onGivenUp: () => undefined };
  const supervisor = new Supervisor(parts, { level: 'silent', file: undefined, requests: false });
  const first = supervisor.reload();
  await turn();
  const others = [supervisor.reload(), supervisor.reload(), supervisor.reload()];
  await turn();
  expect(readings).toHaveLength(1);
  readings[0]?.reject(new Error('one'));
  await first;
  await turn();
  readings[1]?.reject(new Error('two'));
  await Promise.all(others);
  expect(warnings).toEqual([
    'The workers continue as before. one',
    'The workers continue as before. two',
  ]);
  expect(readings).toHaveLength(2);
});
