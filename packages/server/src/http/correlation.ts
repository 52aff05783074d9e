/**
 * The ids that connect a request with log lines and traces of other systems. Values of a trusted
 * proxy count. Values of the caller do not.
 */
import { randomBytes } from 'node:crypto';
import type { Networks } from '@keywright/jwt';
import { isFromProxy } from './remote-address.ts';
import type { RequestHeaders } from './request-head.ts';

/** Characters that need no quoting in a log, a shell and a search. */
const sound = /^[\w.:@/+=-]{1,128}$/;

/**
 * W3C Trace Context §3.2. Of a later version, the first four parts are read in the same way (§4.3).
 * It may be no longer than a current value.
 */
const soundParent =
  /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}(?:-[\w-]{1,100})?$/;
/** §3.3.1.5: at least this length must be passed on. Nothing longer is needed. */
const longestState = 512;

/** It must be unique, not secret: a random value for the process, and then a number. */
const process = randomBytes(9).toString('base64url');
let requests = 0;

function makeId(): string {
  requests += 1;
  return `req_${process}${requests.toString(36)}`;
}

/**
 * The id of a request: the X-Request-Id of the proxy, or a new one. Trace headers of other callers
 * are removed, because a caller could have all its requests recorded with them. Invalid trace
 * headers from a proxy are removed too.
 */
export function correlate(
  headers: RequestHeaders,
  socketAddress: string,
  proxies: Networks | undefined,
): string {
  const given = headers['x-request-id'];
  const parent = headers['traceparent'];
  const isTraced = parent !== undefined || headers['tracestate'] !== undefined;
  if (given === undefined && !isTraced) return makeId();
  const isTrusted = isFromProxy(socketAddress, proxies);
  if (isTraced && !(isTrusted && parent !== undefined && soundParent.test(parent))) {
    headers['traceparent'] = undefined;
    headers['tracestate'] = undefined;
  } else if ((headers['tracestate']?.length ?? 0) > longestState) {
    headers['tracestate'] = undefined;
  }
  return isTrusted && given !== undefined && sound.test(given) ? given : makeId();
}
