/** What ties a request to the lines and traces of others. A trusted proxy's word counts; what a caller says of itself does not. */
import { randomBytes } from 'node:crypto';
import type { Networks } from '@keywright/jwt';
import { isFromProxy } from './remote-address.ts';
import type { RequestHeaders } from './request-head.ts';

/** What a log, a shell and a search take as it is. */
const sound = /^[\w.:@/+=-]{1,128}$/;

/** W3C Trace Context §3.2. Of a later version the first four parts are read as these (§4.3); it is no longer than any of today. */
const soundParent =
  /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}(?:-[\w-]{1,100})?$/;
/** §3.3.1.5: at least so much has to be passed on; more nobody needs. */
const longestState = 512;

/** It has to be different, not secret: chance once a process, and then a number. */
const process = randomBytes(9).toString('base64url');
let requests = 0;

function makeId(): string {
  requests += 1;
  return `req_${process}${requests.toString(36)}`;
}

/**
 * The id of a request: the proxy's X-Request-Id, or one of our own. What anybody else says of a trace is taken out of the headers: by
 * it a caller could have every request of his recorded. So is what a proxy passes on and is no trace context.
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
