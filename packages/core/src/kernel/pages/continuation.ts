/**
 * Where a sign-in leads on to when no application's request waits: a page of ours. It travels sealed, so that no link from elsewhere
 * chooses where a person comes out.
 */
import type { Core } from '../core.ts';

const purpose = 'sign-in-continuation';

/** The sign-in page, and after it the page at this path below the issuer's. */
export function signInAddress(core: Core, path: string): string {
  return `${core.options.basePath}/sign-in?next=${core.vault.seal(purpose, path)}`;
}

/** Undefined when it was not sealed here. */
export function readContinuation(core: Core, sealed: string | undefined): string | undefined {
  const path = sealed === undefined ? undefined : core.vault.unseal(purpose, sealed);
  return path === undefined ? undefined : core.options.basePath + Buffer.from(path).toString('utf8');
}
