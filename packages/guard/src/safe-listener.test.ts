import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { safeListener } from './safe-listener.ts';

describe('a safe listener', () => {
  it('is called at once', () => {
    const heard: number[] = [];
    safeListener((what: number) => heard.push(what))(7);
    expect(heard).toEqual([7]);
  });

  it.each<[string, (() => unknown) | undefined]>([
    ['does not exist', undefined],
    [
      'throws',
      () => {
        throw new Error('the log is down');
      },
    ],
    ['rejects', () => Promise.reject(new Error('the log is down'))],
    ['rejects later', async () => new Promise((_, reject) => void setImmediate(reject))],
  ])('that %s causes no error, now or later', async (_name, tell) => {
    const unhandled = vi.fn<(reason: unknown) => void>();
    process.on('unhandledRejection', unhandled);
    onTestFinished(() => void process.off('unhandledRejection', unhandled));
    expect(() => safeListener(tell)('something')).not.toThrow();
    for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(unhandled).not.toHaveBeenCalled();
  });
});
