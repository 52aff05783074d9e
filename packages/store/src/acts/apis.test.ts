import { expect, it } from 'vitest';
import { describeOnEveryEngine } from '../testing-parts/contract.ts';
import { makeApi } from '../testing-parts/samples.ts';

describeOnEveryEngine('APIs', (store) => {
  it('are listed as they were saved last, without removed ones', async () => {
    const [one, other, gone] = [makeApi(), makeApi(), makeApi()];
    for (const api of [one, other, gone]) await store().apis.save(api);
    const renamed = { ...other, name: 'Renamed', scopes: [], introspectors: [], tokenStatus: true };
    await store().apis.save(renamed);
    await store().apis.remove(gone.identifier);
    expect(await store().apis.list()).toStrictEqual([one, renamed]);
  });
});
