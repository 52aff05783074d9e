/**
 * The page of this server that follows a sign-in if no application waits. The address is sealed, so
 * that a foreign link cannot choose the page.
 */
import type { Core } from '../core.ts';

const purpose = 'sign-in-continuation';

/** The sign-in page, and after it the page at this path below the issuer. */
export function signInAddress(core: Core, path: string): string {
  return `${core.options.basePath}/sign-in?next=${sealContinuation(core, path)}`;
}

/** The page at this path below the issuer, as it is carried to it. */
export function sealContinuation(core: Core, path: string): string {
  return core.vault.seal(purpose, path);
}

/** Undefined if it was not sealed here. */
export function readContinuation(core: Core, sealed: string | undefined): string | undefined {
  const path = sealed === undefined ? undefined : core.vault.unseal(purpose, sealed);
  return path === undefined
    ? undefined
    : core.options.basePath + Buffer.from(path).toString('utf8');
}
