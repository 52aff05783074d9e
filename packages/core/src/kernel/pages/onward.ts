/**
 * Where a person goes on after a page: to the application that waits, to a page of this server, or
 * to the account. It is carried from page to page, sealed as it came.
 */
import type { Core } from '../core.ts';
import type { Parameters } from '../http/parameters.ts';
import { readContinuation } from './continuation.ts';

/** The purpose for which an authorization request is sealed. */
export const requestPurpose = 'authorization-request';

/** Both are sealed: the authorization request, or a page of this server. */
export interface Onward {
  readonly request?: string;
  readonly next?: string;
}

export function onwardOf(parameters: Parameters): Onward {
  const [request, next] = [parameters.get('request'), parameters.get('next')];
  return {
    ...(request === undefined ? {} : { request }),
    ...(next === undefined ? {} : { next }),
  };
}

/** The address of a page below the issuer, with more parameters. */
export function pageAddress(
  { options }: Pick<Core, 'options'>,
  path: string,
  parameters: Readonly<Record<string, string>> | Onward,
): string {
  const query = new URLSearchParams({ ...parameters }).toString();
  return `${options.basePath}${path}${query === '' ? '' : `?${query}`}`;
}

/**
 * The address that the person goes on to when they are signed in. Undefined: nothing waits. The
 * page there checks the request.
 */
export function onwardAddress(core: Core, { request, next }: Onward): string | undefined {
  if (request !== undefined) return pageAddress(core, '/consent', { request });
  return readContinuation(core, next);
}
