import { createNetworks } from '@keywright/jwt';
import { describe, expect, it } from 'vitest';
import { correlate } from './correlation.ts';
import type { RequestHeaders } from './request-head.ts';

const proxies = createNetworks(['10.0.0.0/8']);
const proxy = '10.1.2.3';
const unknownCaller = '203.0.113.7';
const traceparent = `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`;
const own = /^req_[\w-]{12}[\da-z]+$/;

describe('the id of a request', () => {
  it('is made by the server, different for each, where the request has none', () => {
    const [one, other] = [
      correlate({}, unknownCaller, proxies),
      correlate({}, unknownCaller, proxies),
    ];
    expect(one).toMatch(own);
    expect(other).toMatch(own);
    expect(other).not.toBe(one);
  });

  it('is the one of a trusted proxy', () => {
    expect(correlate({ 'x-request-id': 'lb-1/7f3a' }, proxy, proxies)).toBe('lb-1/7f3a');
  });

  it('is never the one of another caller, who gets it back in the answer', () => {
    const headers: RequestHeaders = { 'x-request-id': 'mine' };
    expect(correlate(headers, unknownCaller, proxies)).toMatch(own);
    expect(correlate(headers, proxy, undefined)).toMatch(own);
    expect(headers['x-request-id']).toBe('mine');
  });

  it.each(['', 'a b', 'a"b', 'a\u001b[2J', 'one, two', 'x'.repeat(129)])(
    'is made by the server in place of %j, which logs do not accept',
    (given) => expect(correlate({ 'x-request-id': given }, proxy, proxies)).toMatch(own),
  );
});

describe('the trace context of a request', () => {
  const passed = (headers: RequestHeaders, from = proxy): RequestHeaders => {
    correlate(headers, from, proxies);
    return { traceparent: headers['traceparent'], tracestate: headers['tracestate'] };
  };
  const none = { traceparent: undefined, tracestate: undefined };

  it('is taken from a trusted proxy, also of a later version of its format (W3C Trace Context §4.3)', () => {
    const given = { traceparent, tracestate: 'vendor=1' };
    expect(passed({ ...given })).toEqual(given);
    const later = {
      traceparent: `cc${traceparent.slice(2)}-what-comes-later`,
      tracestate: undefined,
    };
    expect(passed({ ...later })).toEqual(later);
  });

  it('is ignored from any other caller', () => {
    expect(passed({ traceparent, tracestate: 'vendor=1' }, unknownCaller)).toEqual(none);
    expect(passed({ traceparent, 'x-request-id': 'mine' }, unknownCaller)).toEqual(none);
  });

  it.each([
    '',
    'sampled',
    traceparent.toUpperCase(),
    `${traceparent}, ${traceparent}`,
    `ff${traceparent.slice(2)}`,
    `00-${'0'.repeat(32)}-${'cd'.repeat(8)}-01`,
    `00-${'ab'.repeat(16)}-${'0'.repeat(16)}-01`,
    `cc${traceparent.slice(2)}-${'x'.repeat(101)}`,
  ])('is left out where it is no traceparent (W3C Trace Context §3.2): %j', (given) => {
    expect(passed({ traceparent: given, tracestate: 'vendor=1' })).toEqual(none);
  });

  it('is never only a tracestate, and no long one', () => {
    expect(passed({ tracestate: 'vendor=1' })).toEqual(none);
    expect(passed({ traceparent, tracestate: 'x'.repeat(513) })).toEqual({ ...none, traceparent });
  });
});
