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

test('the gate lets all requests in while the limit is not reached', () => {
  expect(gate.refuse('POST', '/token')).toBeUndefined();
  expect(events).toEqual([]);
});

test('beyond the limit, the gate answers 503 with Retry-After, which scripts of any origin may read', () => {
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

test('a host that does not answer does not fill the gate for other requests', () => {
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

test.each(['/authorize', '/device'])('the gate answers a person with a page at %s', (path) => {
  fill();
  const refused = gate.refuse('GET', path);
  expect([refused?.status, refused?.headers['content-type']]).toEqual([
    503,
    'text/html; charset=utf-8',
  ]);
  expect(refused?.headers['retry-after']).toBe('1');
});

test('public documents are answered beyond the limit', () => {
  fill();
  expect(gate.refuse('GET', '/jwks')).toBeUndefined();
  expect(gate.refuse('GET', '/nowhere')?.status).toBe(503);
});

test('an unknown address below a public one is refused beyond the limit', () => {
  fill();
  expect(gate.refuse('GET', '/status-lists/1')).toBeUndefined();
  expect(gate.refuse('GET', '/status-lists/9')?.status).toBe(503);
  expect(gate.refuse('DELETE', '/jwks')?.status).toBe(503);
});

test('public documents are answered before the requests that wait', () => {
  const begun: string[] = [];
  for (let count = 0; count < mostInTurn; count += 1) gate.start('GET', '/token', () => undefined);
  for (const path of ['/token', '/jwks', '/nowhere'])
    gate.start('GET', path, () => void begun.push(path));
  expect(begun).toEqual(['/jwks']);
});

test('the log has one line a second, with the decision id of all refusals in that second', () => {
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

test('values of a caller cannot make a line of the log long', () => {
  fill();
  gate.refuse('M'.repeat(5000), `/${'p'.repeat(16_000)}`);
  expect(JSON.stringify(events).length).toBeLessThan(1000);
});
