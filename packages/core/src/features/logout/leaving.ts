/**
 * The address to which a user goes after signing out: back to the client that asked (RP-Initiated
 * Logout §3), or to a page of this server. The page has frames of clients that must be notified in
 * the browser (Front-Channel Logout §3), and then continues to the client. For an unreviewed client
 * there is always this page, with a link that shows its address. A redirect would make this server
 * an open redirector for anybody who registers a client (RFC 9700 §4.11.2).
 */
import type { Core } from '../../kernel/core.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import { assertNotRepeated, parseParameters } from '../../kernel/http/parameters.ts';
import { headerPart } from '../../kernel/http/header-value.ts';
import { page, redirect } from '../../kernel/http/responses.ts';
import { goOnView } from '../../kernel/pages/client-view.ts';
import type { Client } from '../../model/entities.ts';
import type { SignedOutView } from '../../model/pages.ts';
import { hasPlainHost } from '../../rules/web-address.ts';
import { fitsAddress, sealValue, unsealValue } from '../../kernel/sealing/sealed.ts';
import type { LogoutTarget } from '../../model/logout-ports.ts';
import type { LogoutRequest } from './request.ts';

/**
 * The content of the page, sealed in its address, so that a foreign link can neither add a frame
 * nor choose the next address.
 */
interface Leaving {
  readonly clientId?: string;
  readonly redirectUri?: string;
  readonly state?: string;
  /** Client and `sid` of each frame. */
  readonly frames: readonly (readonly [string, string])[];
  /** The user, or an ID token of the user, has confirmed the sign-out. */
  readonly isAgreed: boolean;
  readonly at: number;
}

export interface Left {
  readonly isAgreed: boolean;
  readonly targets?: readonly LogoutTarget[];
  readonly cookies?: readonly string[];
}

/**
 * The number that fits into an address. The other applications are notified by back-channel logout,
 * or by the end of their tokens.
 */
const mostFrames = 30;
const purpose = 'signed-out';
/** The page can be loaded again in this time. */
const pageSeconds = 600;
/** Time for the frames to load. */
const frameSeconds = 3;

export async function leave(
  core: Core,
  logout: LogoutRequest | undefined,
  { isAgreed, targets = [], cookies = [] }: Left,
  now: number,
): Promise<HttpResponse> {
  const { clientId, redirectUri, state } = logout ?? {};
  const returning = await loadReturn(core, logout);
  const frames = await framesOf(core, targets);
  const goesOn = returning !== undefined && isAgreed && mayGoOn(returning);
  if (goesOn && frames.length === 0) return redirect(returning.address, cookies);
  const { basePath } = core.options;
  if (returning === undefined && frames.length === 0)
    return redirect(`${basePath}/signed-out`, cookies);
  const leaving: Leaving = {
    ...(clientId !== undefined ? { clientId } : {}),
    ...(redirectUri !== undefined ? { redirectUri } : {}),
    ...(state !== undefined ? { state } : {}),
    frames: [],
    isAgreed,
    at: now,
  };
  const about = sealValue(core, purpose, withFrames(leaving, frames));
  return redirect(`${basePath}/signed-out?about=${about}`, cookies);
}

function withFrames(leaving: Leaving, frames: Leaving['frames']): Leaving {
  for (let count = Math.min(frames.length, mostFrames); count > 0; count -= 1) {
    const framed = { ...leaving, frames: frames.slice(0, count) };
    if (fitsAddress(framed)) return framed;
  }
  return leaving;
}

interface Return {
  readonly client: Client;
  readonly address: string;
}

/**
 * RP-Initiated Logout §3: with the unchanged state. Undefined if the client was removed, or has
 * registered other addresses.
 */
async function loadReturn(
  core: Core,
  logout: LogoutRequest | Leaving | undefined,
): Promise<Return | undefined> {
  const { clientId, redirectUri, state } = logout ?? {};
  if (clientId === undefined || redirectUri === undefined) return undefined;
  const client = await core.loadClient(clientId);
  if (client?.settings?.postLogoutRedirectUris?.includes(redirectUri) !== true) return undefined;
  return { client, address: state === undefined ? redirectUri : withQuery(redirectUri, { state }) };
}

/** Only a click of the user leads to an unreviewed client. */
function mayGoOn({ client }: Return): boolean {
  return client.trust !== 'unverified';
}

/** A query in the address stays. */
function withQuery(address: string, words: Readonly<Record<string, string>>): string {
  return `${address}${address.includes('?') ? '&' : '?'}${new URLSearchParams(words)}`;
}

async function framesOf(core: Core, targets: readonly LogoutTarget[]): Promise<Leaving['frames']> {
  const frames: (readonly [string, string])[] = [];
  for (const { clientId, sid } of targets) {
    const client = await core.loadClient(clientId);
    if (client?.settings?.frontchannelLogoutUri !== undefined) frames.push([clientId, sid]);
  }
  return frames;
}

export async function showSignedOut(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const parameters = parseParameters(request.query);
  assertNotRepeated(parameters);
  const leaving = readLeaving(core, parameters.get('about'));
  const frames = await frameAddresses(core, leaving?.frames ?? []);
  const returning = await loadReturn(core, leaving);
  const view: SignedOutView = {
    frames,
    ...(returning !== undefined ? { goOn: goOnView(returning.client, returning.address) } : {}),
  };
  const goesOn = returning !== undefined && leaving?.isAgreed === true && mayGoOn(returning);
  return page(core.pages.signedOut(view), {
    keepsOpener: returning !== undefined,
    frameSources: [...new Set(frames.map((address) => new URL(address).origin))],
    // Without a script, the page cannot see whether the frames are loaded.
    ...(goesOn
      ? { headers: { refresh: `${frameSeconds}; url=${headerPart(returning.address, ' "')}` } }
      : {}),
  });
}

/**
 * Undefined if it was not sealed here, or too long ago. Then the page only says that nobody is
 * signed in.
 */
function readLeaving(core: Core, sealed: string | undefined): Leaving | undefined {
  const leaving = unsealValue(core, purpose, sealed) as Leaving | undefined;
  if (leaving === undefined || core.clock.nowSeconds() - leaving.at > pageSeconds) return undefined;
  return leaving;
}

/** Front-Channel Logout §3: the registered address, with the issuer and the client's `sid`. */
async function frameAddresses(core: Core, frames: Leaving['frames']): Promise<readonly string[]> {
  const addresses: string[] = [];
  for (const [clientId, sid] of frames) {
    const address = (await core.loadClient(clientId))?.settings?.frontchannelLogoutUri;
    // An address that was registered before hosts were checked could add another source to the
    // content policy.
    if (address !== undefined && hasPlainHost(address))
      addresses.push(withQuery(address, { iss: core.options.issuer, sid }));
  }
  return addresses;
}
