/** Users with passwords, authenticator apps and passkeys, in their browsers. */
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { createPasskey, type SoftwarePasskey } from '../packages/testing/flows/authenticator.ts';
import { totpAt } from '../packages/testing/src/one-time-passwords.ts';
import { findAttribute, findText } from '../interop/html-form.ts';
import { type Cookies, fill, type FilledForm, openForm, type Place, visit } from './actors.ts';
import type { Answer } from './http.ts';
import type { Mailbox } from './mailbox.ts';
import type { Nodes } from './nodes.ts';

export interface User {
  readonly email: string;
  readonly password: string;
  readonly cookies: Cookies;
  /** Of a proxy: each user is in another network, so that they share no limit. */
  readonly headers: Readonly<Record<string, string>>;
}

export const password = 'a boat on the quiet canal';

/** The settings that `headers` of a user and their pages need. */
export const settingsOfPeople = (mailbox: Mailbox) => ({
  trusted_proxies: ['127.0.0.1'],
  mail: mailbox.settings,
  sign_up: 'open',
  features: { passkeys: true, totp: true },
});

export const newAddress = () => `${randomBytes(9).toString('hex')}@example.com`;

export function newNetwork(): { readonly 'x-forwarded-for': string } {
  const [one = 0, two = 0, three = 0] = randomBytes(3);
  // Addresses for documentation are too few.
  return { 'x-forwarded-for': `${1 + (one % 9)}.${two}.${three}.1` };
}

const locationOf = ({ headers }: Answer) => headers.location ?? '';

/** The page for the code that was sent to this address, filled in. */
export async function openCodePage(
  place: Place,
  start: string,
  mailbox: Mailbox,
  { email, cookies, headers }: Omit<User, 'password'>,
): Promise<FilledForm> {
  const since = mailbox.mails.length;
  const asked = { button: 'continue', values: { email }, headers };
  const sent = await (await openForm(place, start, cookies, asked))(place);
  const [, code = ''] = await mailbox.find(email, /^ *Code: (\d+)$/m, since);
  const typed = { button: 'continue', values: { code }, headers };
  return openForm(place, locationOf(sent.answer), sent.cookies, typed);
}

/** The last page of a sign-up, filled in. `start`: also the address of an invitation. */
export async function openJoining(
  place: Place,
  start: string,
  mailbox: Mailbox,
  user: Omit<User, 'password'>,
): Promise<FilledForm> {
  const proven = await (await openCodePage(place, start, mailbox, user))(place);
  const values = { name: 'Ada', new_password: password, new_password_again: password };
  const typed = { button: 'join', values, headers: user.headers };
  return openForm(place, locationOf(proven.answer), proven.cookies, typed);
}

/** A user who has just signed up. */
export async function join(place: Place, mailbox: Mailbox): Promise<User> {
  const user = { email: newAddress(), cookies: new Map(), headers: newNetwork() };
  const done = await (await openJoining(place, '/sign-up', mailbox, user))(place);
  if (done.answer.status !== 303) throw new Error(`not joined: ${done.answer.body.slice(0, 300)}`);
  return { ...user, password, cookies: done.cookies };
}

/** The page that adds an app, filled in, and the secret of the app. */
export async function openEnrolment(
  place: Place,
  { cookies, headers }: User,
): Promise<{ readonly secret: Uint8Array; readonly send: FilledForm }> {
  const page = await visit(place, '/account/totp', cookies, { headers });
  const secret = fromBase32(findText(page.answer.body, 'totp-secret') ?? '');
  const totp = totpAt(secret, Math.floor(Date.now() / 1000));
  return { secret, send: fill(page, { button: 'add-totp', values: { totp }, headers }) };
}

export function recoveryCodesOf({ body }: Answer): readonly string[] {
  const list = findText(body, 'recovery-codes') ?? '';
  return list.split(' ');
}

function fromBase32(text: string): Uint8Array {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = (text.match(/[A-Z2-7]/g) ?? []).map((letter) =>
    letters.indexOf(letter).toString(2).padStart(5, '0'),
  );
  return Uint8Array.from(bits.join('').match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
}

export interface AskedForPasskey {
  readonly headers: User['headers'];
  /** A new passkey for this page. */
  create(): SoftwarePasskey;
  /** The form of the page with what an authenticator has signed. */
  send(signed: string): FilledForm;
  assert(passkey: SoftwarePasskey): FilledForm;
}

/** What a page asks the authenticator for. `button`: `passkey` to sign in, or `add-passkey`. */
export async function openPasskeyForm(
  place: Place,
  origin: string,
  [target, button]: readonly [string, string],
  { cookies, headers }: Pick<User, 'cookies' | 'headers'>,
): Promise<AskedForPasskey> {
  const page = await visit(place, target, cookies, { headers });
  const asked = JSON.parse(findAttribute(page.answer.body, 'data-passkey') ?? '{}');
  const send = (passkey: string) => fill(page, { button, fields: { passkey }, headers });
  return {
    headers,
    create: () => createPasskey(origin, asked),
    send,
    assert: (passkey) => send(passkey.assert(asked)),
  };
}

interface Challenge {
  readonly parameters: {
    readonly nonce: string;
    readonly salt: string;
    readonly cost: number;
    readonly keyLength: number;
    readonly keyPrefix: string;
  };
}

/** Solves the proof of work of a page, as its script does. */
export function solveWork(page: Answer): string {
  const challenge = JSON.parse(findAttribute(page.body, 'data-work') ?? '{}') as Challenge;
  const { nonce, salt, cost, keyLength, keyPrefix } = challenge.parameters;
  const secret = Buffer.concat([Buffer.from(nonce, 'hex'), Buffer.alloc(4)]);
  for (let counter = 0; ; counter += 1) {
    secret.writeUInt32BE(counter, secret.length - 4);
    const key = pbkdf2Sync(secret, Buffer.from(salt, 'hex'), cost, keyLength, 'sha256');
    const derivedKey = key.toString('hex');
    if (derivedKey.startsWith(keyPrefix))
      return JSON.stringify({ challenge, solution: { counter, derivedKey } });
  }
}

/** The address of an invitation, without the host. */
export async function invite(nodes: Nodes, email: string): Promise<string> {
  const { out } = await nodes.command(['accounts', 'invite', email, '--json']);
  const { url } = JSON.parse(out) as { readonly url: string };
  return url.slice(new URL(url).origin.length);
}
