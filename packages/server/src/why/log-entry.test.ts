import { describe, expect, it } from 'vitest';
import { growthOf } from '../../../jwt/src/testing-parts/growth.ts';
import { isLong } from '../../../jwt/src/testing-parts/series.ts';
import { readEntry } from './log-entry.ts';

const decision = '0f8fad5b-d9cb-469f-a165-70867728950e';
const read = (line: unknown) => {
  const text = typeof line === 'string' ? line : JSON.stringify(line);
  return readEntry({ file: 'api.log', number: 7, text }, decision);
};
const event = {
  reason: 'scope_insufficient',
  status: 403,
  decision,
  clientId: 'heatlens',
  subject: 'usr_ada',
  scope: 'a b',
};
const told = {
  reason: 'scope_insufficient',
  status: 403,
  fields: { clientId: 'heatlens', subject: 'usr_ada', scope: 'a b' },
};

describe('a refusal in a log', () => {
  it.each([
    [
      'as the server writes it',
      { level: 30, time: '2026-11-24T10:00:00.000Z', type: 'refused', ...event, msg: 'refused' },
    ],
    ['as the guard tells it', event],
    ['as pino nests it', { level: 40, time: 1_795_514_400_000, refusal: event, msg: 'refused' }],
    ['deeply nested', { a: { b: { c: [1], d: { event } } } }],
    [
      'packed into a container’s line',
      { log: `${JSON.stringify({ time: 1, event })}\n`, stream: 'stdout' },
    ],
    [
      'behind a collector’s own words',
      `2026-11-24T10:00:00Z host app[7]: ${JSON.stringify(event)}`,
    ],
  ])('is found in this form: %s', (_name, line) => {
    expect(read(line)).toMatchObject({ ...told, file: 'api.log', line: 7 });
  });

  it.each([
    [{ time: '2026-11-24T10:00:00.000Z', ...event }, '2026-11-24T10:00:00.000Z'],
    [{ time: 1_795_514_400_000, event }, '2026-11-24T10:00:00.000Z'],
    [{ ts: 1_795_514_400.5, event }, '2026-11-24T10:00:00.500Z'],
    [{ '@timestamp': '2026-11-24T10:00:00Z', event }, '2026-11-24T10:00:00Z'],
    [{ time: 1e300, event }, undefined],
    [event, undefined],
  ])('is found with its time: %#', (line, at) => {
    expect(read(line)?.at).toBe(at);
  });

  it('is found with the request that its logger wrote beside it, without the query', () => {
    const line = { req: { method: 'GET', url: '/buildings/1?access_token=s3cret' }, event };
    expect(read(line)?.fields).toMatchObject({ method: 'GET', path: '/buildings/1' });
    expect(read({ ...event, path: '/a?access_token=s3cret' })?.fields.path).toBe('/a');
  });

  it('is found with the cause of a fault', () => {
    const fault = {
      ...event,
      reason: 'fault',
      status: 500,
      err: { message: 'disk full', stack: 'x' },
    };
    expect(read(fault)?.cause).toBe('disk full');
  });

  it('is found in a line that was cut', () => {
    expect(read(JSON.stringify(event).slice(0, -10))).toMatchObject({
      reason: 'scope_insufficient',
      status: 403,
    });
  });

  it('is found in a sentence', () => {
    const line = `2026-11-24T10:00:00.000Z refused 403 resource_forbidden subject=usr_ada client=heatlens path="/b/1?t=1" scope=- decision=${decision}`;
    expect(read(line)).toEqual({
      reason: 'resource_forbidden',
      status: 403,
      at: '2026-11-24T10:00:00.000Z',
      fields: { subject: 'usr_ada', clientId: 'heatlens', path: '/b/1' },
      cause: undefined,
      file: 'api.log',
      line: 7,
    });
  });
});

describe('a log entry that is not the refusal', () => {
  it.each([
    { req: { url: `/why/${decision}` }, msg: 'request completed' },
    { ...event, decision: `${decision}0`, note: decision },
    { ...event, reason: 'no_such_reason' },
    { ...event, reason: '__proto__' },
    { reason: 'fault', note: decision },
    `GET /why/${decision} 404 - default fault handler`,
    `[${JSON.stringify({ note: decision })}]`,
  ])('is not taken for it: %#', (line) => {
    expect(read(line)).toBeUndefined();
  });

  const wrap = (times: number) =>
    `${'{"a":'.repeat(times)}${JSON.stringify(event)}${'}'.repeat(times)}`;
  const surround = (times: number) =>
    JSON.stringify({
      ...Object.fromEntries(Array.from({ length: times }, (_, at) => [`k${at}`, {}])),
      event,
    });

  it('is searched only to a bounded depth, and a bounded number of members', () => {
    expect([read(wrap(100_000)), read(surround(5000))]).toEqual([undefined, undefined]);
  });

  it.runIf(isLong)('is searched in linear time', () => {
    for (const make of [wrap, surround]) expect(growthOf(make, read, 500)).toBeLessThan(200);
  });

  it('and unknown members are not used', () => {
    const line = {
      ...event,
      password: 'hunter2',
      authorization: 'Bearer x',
      body: { access_token: 'x' },
      tokenId: { a: 1 },
    };
    expect(Object.keys(read(line)?.fields ?? {}).toSorted()).toEqual([
      'clientId',
      'scope',
      'subject',
    ]);
  });
});
