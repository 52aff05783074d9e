import { beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../model/ports.ts';
import { createSecretUses, secretUseSeconds } from './secret-uses.ts';
import type { SecretUses } from '../../model/services.ts';

describe('the last use of a client secret', () => {
  let told: string[];
  let uses: SecretUses;
  beforeEach(() => {
    told = [];
    const touchSecret = async (_clientId: string, secretId: string) => void told.push(secretId);
    uses = createSecretUses(
      { clients: { touchSecret } as Partial<Store['clients']> as Store['clients'] },
      {
        emit: () => undefined,
      },
    );
  });

  it('is reported once in ten minutes', () => {
    for (const now of [0, 1, secretUseSeconds - 1, secretUseSeconds])
      uses.record('meter', 'one', now);
    expect(told).toEqual(['one', 'one']);
  });

  it('is dropped from memory for the secret whose report is oldest, and not for the first one', () => {
    for (let index = 0; index < 9999; index += 1) uses.record('meter', `secret-${index}`, 0);
    for (const secret of ['secret-0', 'one', 'another'])
      uses.record('meter', secret, secretUseSeconds);
    told = [];
    uses.record('meter', 'secret-0', secretUseSeconds + 1);
    expect(told).toEqual([]);
  });
});
