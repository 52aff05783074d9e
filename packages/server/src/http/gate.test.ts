import type { AnyEvent } from '@keywright/core';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createPages } from '../pages/pages.ts';
import { createGate, type Gate } from './gate.ts';
import { mostInWork } from './admission.ts';
import { mostInTurn } from './pace.ts';

const issuer = 'https://login.example';
const routes: ReadonlySet<string> = new Set([
  '/token',
  '/authorize',
  '/device',
  '/jwks',
  '/introspect',
]);
const server = {
  routeOf: (path: string) => {
    if (path.startsWith('/status-lists/')) return '/status-lists/*';
    return routes.has(path) ? path : undefined;
  },
  isPage: (path: string) => ['/authorize', '/device'].includes(path),
  isAtHand: (path: string) => path !== '/status-lists/9',
};
let events: AnyEvent[];
let gate: Gate;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  events = [];
  gate = createGate({
    server,
    issuer,
    pages: createPages({ serviceName: 'Sunrise', stylesheetUrl: '/a.css' }),
    events: { emit: (event) => void events.push(event) },
  });
});
afterEach(() => {
  gate.stop();
  vi.useRealTimers();
});

const fill = () => {
  for (let count = 0; count < mostInWork; count += 1) gate.begin();
};

test('all are let in while there is room', () => {
  expect(gate.refuse('POST', '/token')).toBeUndefined();
  expect(events).toEqual([]);
});

test('without room there is 503 with Retry-After, which scripts of any origin may read', () => {
  fill();
  const refused = gate.refuse('POST', '/token');
  expect(refused?.status).toBe(503);
  expect(refused?.headers).toMatchObject({
    'retry-after': '1',
    'cache-control': 'no-store',
    'access-control-allow-origin': '*',
  });
  expect(JSON.parse(refused?.body ?? '')).toMatchObject({
    error: 'temporarily_unavailable',
    error_uri: expect.stringContaining('/errors/overloaded?decision=dec_'),
  });
  gate.end();
  expect(gate.refuse('POST', '/token')).toBeUndefined();
});

test('a host that does not answer closes the door to nobody else', () => {
  const externalWaits = { count: 0 };
  const open = createGate({
    server,
    issuer,
    pages: createPages({ serviceName: 'Sunrise', stylesheetUrl: '/a.css' }),
    events: { emit: () => undefined },
    externalWaits,
  });
  for (let count = 0; count < mostInWork; count += 1) {
    open.begin();
    externalWaits.count += 1;
  }
  vi.advanceTimersByTime(5000);
  expect(open.refuse('POST', '/token')).toBeUndefined();
  open.stop();
});

test.each(['/authorize', '/device'])('a person gets a page at %s', (path) => {
  fill();
  const refused = gate.refuse('GET', path);
  expect([refused?.status, refused?.headers['content-type']]).toEqual([
    503,
    'text/html; charset=utf-8',
  ]);
  expect(refused?.headers['retry-after']).toBe('1');
});

test('what was published is answered all the same', () => {
  fill();
  expect(gate.refuse('GET', '/jwks')).toBeUndefined();
  expect(gate.refuse('GET', '/nowhere')?.status).toBe(503);
});

test('what is not published at such an address is refused', () => {
  fill();
  expect(gate.refuse('GET', '/status-lists/1')).toBeUndefined();
  expect(gate.refuse('GET', '/status-lists/9')?.status).toBe(503);
  expect(gate.refuse('DELETE', '/jwks')?.status).toBe(503);
});

test('what was published is answered before those that stand in line', () => {
  const begun: string[] = [];
  for (let count = 0; count < mostInTurn; count += 1) gate.start('GET', '/token', () => undefined);
  for (const path of ['/token', '/jwks', '/nowhere'])
    gate.start('GET', path, () => void begun.push(path));
  expect(begun).toEqual(['/jwks']);
});

test('the log has one line a second, by the decision that all the answers of that second show', () => {
  fill();
  const bodies = new Set(Array.from({ length: 1000 }, () => gate.refuse('POST', '/token')?.body));
  expect(bodies.size).toBe(1);
  const [body] = bodies;
  const { error_uri } = JSON.parse(body ?? '') as { error_uri: string };
  const decision = new URL(error_uri).searchParams.get('decision');
  expect(events).toEqual([
    expect.objectContaining({
      type: 'refused',
      reason: 'overloaded',
      decision,
      path: '/token',
      status: 503,
    }),
  ]);
  vi.advanceTimersByTime(1000);
  expect(events.at(-1)).toMatchObject({ type: 'overload', refused: 1000, inWork: mostInWork });
  gate.refuse('POST', '/introspect');
  expect(events).toHaveLength(3);
  expect(gate.refused).toBe(1001);
});

test('nothing that a caller chose makes a line of the log long', () => {
  fill();
  gate.refuse('M'.repeat(5000), `/${'p'.repeat(16_000)}`);
  expect(JSON.stringify(events).length).toBeLessThan(1000);
});
