import { createOutbound, type Outbound } from '@keywright/jwt';
import { describe, expect, it } from 'vitest';
import { audience, createStage, seal, settle, startedAt } from './testing-parts/issuer.ts';

type Stage = ReturnType<typeof createStage>;
const reports = ({ issuer }: Stage) =>
  issuer.asked('/api-keys/usage').map(({ body }) => JSON.parse(body ?? '') as unknown);
const seconds = startedAt / 1000;

describe('the report of last uses', () => {
  it('is sent with the first use, then at most once a minute, with all used keys', async () => {
    const stage = createStage();
    const [one, two] = [stage.issuer.issue(), stage.issuer.issue()];
    await stage.outcome(one.text);
    for (let n = 0; n < 58; n += 1) {
      stage.issuer.pass(1);
      await stage.outcome(n % 2 === 0 ? one.text : two.text);
      await settle();
    }
    expect(reports(stage)).toEqual([{ audience, used: { [one.id]: seconds } }]);
    stage.issuer.pass(2);
    await stage.outcome(one.text);
    expect(reports(stage)[1]).toEqual({
      audience,
      used: { [one.id]: seconds + 60, [two.id]: seconds + 58 },
    });
  });

  it('is sent by this API’s client, as JSON', async () => {
    const stage = createStage();
    await stage.outcome(stage.issuer.issue().text);
    expect(stage.issuer.asked('/api-keys/usage')[0]).toMatchObject({
      url: 'https://issuer.example/api-keys/usage',
      method: 'POST',
      headers: {
        authorization: expect.stringMatching(/^Basic /) as string,
        'content-type': 'application/json',
      },
    });
  });

  it('contains no refused keys', async () => {
    const stage = createStage();
    const [bound, ended, good] = [
      stage.issuer.issue({ networks: ['10.0.0.0/8'] }),
      stage.issuer.issue({ exp: 1 }),
      stage.issuer.issue(),
    ];
    const sealed = seal(good, { htm: 'POST' });
    for (const credential of [bound.text, ended.text, sealed, 'x']) await stage.outcome(credential);
    expect(reports(stage)).toEqual([]);
    await stage.outcome(seal(good));
    expect(reports(stage)).toEqual([{ audience, used: { [good.id]: seconds } }]);
  });

  it('is lost without harm when the issuer cannot be reached, and sent again with the next use', async () => {
    const stage = createStage();
    const key = stage.issuer.issue();
    await stage.outcome(key.text);
    stage.issuer.isDown = true;
    stage.issuer.pass(60);
    expect(await stage.outcome(key.text)).toBe('collector');
    await settle();
    expect(stage.issuer.failures).not.toHaveLength(0);
    stage.issuer.isDown = false;
    stage.issuer.pass(60);
    expect(await stage.outcome(key.text)).toBe('collector');
    expect(reports(stage).at(-1)).toEqual({ audience, used: { [key.id]: seconds + 120 } });
  });

  it('delays no request', async () => {
    const send: Outbound['send'] = (url, request) =>
      url.endsWith('/api-keys/usage')
        ? new Promise(() => {})
        : stage.issuer.outbound.send(url, request);
    const stage: Stage = createStage({}, { outbound: { ...createOutbound(), send } });
    const { text } = stage.issuer.issue();
    await stage.outcome(text);
    stage.issuer.pass(60);
    const waited = settle().then(() => 'waits for the report');
    expect(await Promise.race([stage.outcome(text), waited])).toBe('collector');
  });

  it('fits into a body of 64 KiB, and the rest is in the next one', async () => {
    const stage = createStage();
    const keys = Array.from({ length: 2500 }, () => stage.issuer.issue());
    for (const { text } of keys) await stage.outcome(text);
    const told = new Set<string>();
    for (let n = 0; n < 4; n += 1) {
      stage.issuer.pass(60);
      await stage.outcome(keys[0]!.text);
      await settle();
    }
    for (const { body = '' } of stage.issuer.asked('/api-keys/usage')) {
      expect(body.length).toBeLessThan(64 * 1024);
      for (const id of Object.keys((JSON.parse(body) as { used: object }).used)) told.add(id);
    }
    expect(told.size).toBe(2500);
  });
});
