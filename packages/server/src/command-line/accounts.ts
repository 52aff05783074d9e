/** `keywright accounts add|list|disable|enable|set-password|remove-second-factor`. */
import {
  type Account,
  accountClaimNames,
  makeMail,
  resolveOptions,
  type Store,
} from '@keywright/core';
import { addAccount as storeAccount } from '../accounts/accounts.ts';
import { openBreachedPasswords } from '../accounts/breached-passwords.ts';
import { hashPassword } from '../accounts/password-hash.ts';
import { findPasswordProblem } from '../accounts/password-rules.ts';
import { findAccount, listAll } from '../declarations.ts';
import { systemRandom, systemSecret } from '../ports.ts';
import { type GlobalOptions, withStore } from './context.ts';
import { CommandError, day, print, printList, refuseInput, warn } from './output.ts';
import { passwordFlagRefused, readPassword } from './secret-input.ts';

export interface AddAccountOptions {
  readonly json?: boolean;
  readonly email: string;
  readonly name: string;
  readonly verified?: boolean;
  readonly claim?: readonly string[];
  readonly password?: string | boolean;
  readonly passwordFile?: string;
}

/** All fields of an account except the hash of its password. */
function renderAccount({ passwordHash: _, ...account }: Account) {
  return account;
}

export async function addAccount(options: AddAccountOptions, global: GlobalOptions): Promise<void> {
  if (options.password !== undefined) throw new CommandError(passwordFlagRefused);
  await withStore(global, async ({ configuration, store, now, events }) => {
    if ((await findAccount(store, options.email)) !== undefined)
      throw new CommandError(`${options.email} has an account already.`);
    const { email, name, verified = false } = options;
    const claims = readClaims(options.claim ?? []);
    const password = await readPassword(options.passwordFile);
    const account = { email, name, emailVerified: verified, password, claims };
    const isBreached = await openBreachedPasswords(configuration.breachedPasswords, events);
    const added = await refuseInput(() =>
      storeAccount(store.accounts, account, { now, random: systemRandom, isBreached }),
    );
    events.emit({ type: 'account.added', accountId: added.id });
    print(
      options.json === true
        ? JSON.stringify(renderAccount(added), undefined, 2)
        : `${added.email} has the account ${added.id}.`,
    );
  });
}

/**
 * `given_name=Ada`. A claim that is not text is JSON: `updated_at=5`,
 * `address={"locality":"London"}`.
 */
function readClaims(texts: readonly string[]): Readonly<Record<string, unknown>> {
  const claims: Record<string, unknown> = {};
  for (const text of texts) {
    const [name = '', value] = text.split(/=(.*)/s);
    if (value === undefined || !accountClaimNames.includes(name))
      throw new CommandError(
        `--claim ${text}: must be name=value, with one of ${accountClaimNames.join(', ')}.`,
      );
    claims[name] = claimsInJson.has(name) ? readJson(text, value) : value;
  }
  return claims;
}

const claimsInJson: ReadonlySet<string> = new Set([
  'address',
  'updated_at',
  'phone_number_verified',
]);

function readJson(text: string, value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    throw new CommandError(`--claim ${text}: the value must be JSON.`);
  }
}

export function listAccounts(
  { json = false }: { readonly json?: boolean },
  global: GlobalOptions,
): Promise<void> {
  return withStore(global, async ({ store }) => {
    const accounts = await listAll((paging) => store.accounts.list(paging));
    printList(
      accounts.map(renderAccount),
      json,
      ['ID', 'E-MAIL', 'NAME', 'VERIFIED', 'STATUS', 'SINCE'],
      (account) => [
        account.id,
        account.email,
        account.name,
        account.emailVerified ? 'yes' : 'no',
        account.status,
        day(account.createdAt),
      ],
    );
  });
}

/** Finds an account by its id or its address. */
async function loadAccount(store: Store, idOrEmail: string): Promise<Account> {
  const account = (await store.accounts.load(idOrEmail)) ?? (await findAccount(store, idOrEmail));
  if (account === undefined) throw new CommandError(`There is no account ${idOrEmail}.`);
  return account;
}

export function disableAccount(idOrEmail: string, global: GlobalOptions): Promise<void> {
  return withStore(global, async ({ store, now, events }) => {
    const account = await loadAccount(store, idOrEmail);
    await store.accounts.disable(account.id, now);
    events.emit({ type: 'account.disabled', accountId: account.id });
    print(
      `${account.email} is disabled. Its sign-ins and refresh tokens have ended. Its access tokens end within minutes, or at once if the API follows the status list.`,
    );
  });
}

export function enableAccount(idOrEmail: string, global: GlobalOptions): Promise<void> {
  return withStore(global, async ({ store, now, events }) => {
    const { id, email } = await loadAccount(store, idOrEmail);
    if (!(await store.accounts.enable(id, now)))
      throw new CommandError(`${email} is not disabled.`);
    events.emit({ type: 'account.enabled', accountId: id });
    print(
      `${email} is active again and can sign in. Ended access is not restored: the user must connect applications again.`,
    );
  });
}

export interface SetPasswordOptions {
  readonly password?: string | boolean;
  readonly passwordFile?: string;
  readonly endGrants?: boolean;
}

/** Its sign-ins end, because an attacker who knew the former password may have one of them. */
export async function setPassword(
  idOrEmail: string,
  { password: flag, passwordFile, endGrants: endsGrants = false }: SetPasswordOptions,
  global: GlobalOptions,
): Promise<void> {
  if (flag !== undefined) throw new CommandError(passwordFlagRefused);
  await withStore(global, async ({ configuration, store, vault, now, events }) => {
    const account = await loadAccount(store, idOrEmail);
    const { id, email, status } = account;
    const password = await readPassword(passwordFile);
    const isBreached = await openBreachedPasswords(configuration.breachedPasswords, events);
    const problem = await findPasswordProblem(password, email, isBreached);
    if (problem !== undefined)
      throw new CommandError(`Nothing was changed: the password ${problem}.`);
    const passwordHash = await hashPassword(password);
    const mailPorts = {
      options: resolveOptions(configuration.options),
      vault,
      newSecret: systemSecret,
    };
    const mail = makeMail(mailPorts, account, { kind: 'password_changed', by: 'operator' }, now);
    await store.accounts.changePassword(id, { passwordHash, endsGrants, mail }, now);
    events.emit({ type: 'account.password_changed', accountId: id, endsGrants });
    print(
      endsGrants
        ? `${email} has a new password. Its sign-ins and all access that it granted have ended.`
        : `${email} has a new password. Its sign-ins have ended, with all access that was given without offline_access. --end-grants ends the rest.`,
    );
    if (status === 'disabled')
      warn(`The account is still disabled: keywright accounts enable ${id}`);
  });
}

/** For a user who lost the authenticator app and the recovery codes. */
export async function removeSecondFactor(idOrEmail: string, global: GlobalOptions): Promise<void> {
  await withStore(global, async ({ configuration, store, vault, now, events }) => {
    const account = await loadAccount(store, idOrEmail);
    const { id, email } = account;
    const options = resolveOptions(configuration.options);
    const content = { kind: 'second_factor', change: 'removed', by: 'operator' } as const;
    const mail = makeMail({ options, vault, newSecret: systemSecret }, account, content, now);
    if (!(await store.secondFactors.remove(id, mail)))
      throw new CommandError(`${email} has no second factor.`);
    events.emit({ type: 'account.second_factor_removed', accountId: id });
    print(
      `${email} has no second factor any more, and signs in with the password alone. The recovery codes are void. The account can add an authenticator app again.`,
    );
  });
}
