/** `keywright accounts add|list|disable`. */
import { type Account, accountClaimNames } from '@keywright/core';
import { addAccount as storeAccount } from '../accounts/accounts.ts';
import { findAccount, listAll } from '../declarations.ts';
import { systemRandom } from '../ports.ts';
import { type GlobalOptions, withStore } from './context.ts';
import { CommandError, day, print, printList } from './output.ts';
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

/** Everything about an account but the hash of its password. */
function renderAccount({ passwordHash: _, ...account }: Account) {
  return account;
}

export async function addAccount(options: AddAccountOptions, global: GlobalOptions): Promise<void> {
  if (options.password !== undefined) throw new CommandError(passwordFlagRefused);
  await withStore(global, async ({ store, now, events }) => {
    if ((await findAccount(store, options.email)) !== undefined)
      throw new CommandError(`${options.email} has an account already.`);
    const { email, name, verified = false } = options;
    const claims = readClaims(options.claim ?? []);
    const password = await readPassword(options.passwordFile);
    const added = await storeAccount(
      store.accounts,
      { email, name, emailVerified: verified, password, claims },
      { now, random: systemRandom },
    );
    events.emit({ type: 'account.added', accountId: added.id });
    print(
      options.json === true
        ? JSON.stringify(renderAccount(added), undefined, 2)
        : `${added.email} has the account ${added.id}.`,
    );
  });
}

/** `given_name=Ada`; JSON where the claim is no text: `updated_at=5`, `address={"locality":"London"}`. */
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

const claimsInJson: ReadonlySet<string> = new Set(['address', 'updated_at', 'phone_number_verified']);

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
    const accounts = await listAll((after) => store.accounts.list(after === undefined ? {} : { after }));
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

/** Takes the id or the address. */
export function disableAccount(idOrEmail: string, global: GlobalOptions): Promise<void> {
  return withStore(global, async ({ store, now, events }) => {
    const account = (await store.accounts.load(idOrEmail)) ?? (await findAccount(store, idOrEmail));
    if (account === undefined) throw new CommandError(`There is no account ${idOrEmail}.`);
    await store.accounts.disable(account.id, now);
    events.emit({ type: 'account.disabled', accountId: account.id });
    print(
      `${account.email} is disabled: its sign-ins and refresh tokens have ended, its access tokens end within minutes, or at once where the API follows the status list.`,
    );
  });
}
