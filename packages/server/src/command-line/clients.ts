/**
 * `keywright clients add|list|disable|enable|secret` and `keywright explain`. `get` and `set` are
 * in other files.
 */
import {
  addedClient,
  addSecret,
  type Api,
  type Client,
  type ClientRegistration,
  explainClient,
  explainSecret,
  registerClient,
  renderForAdministrators,
  resolveOptions,
  type Store,
  withSealedSecret,
} from '@keywright/core';
import { readText } from '../configuration/document.ts';
import { listAll } from '../declarations.ts';
import { systemRandom } from '../ports.ts';
import { type CommandContext, type GlobalOptions, withStore } from './context.ts';
import { CommandError, day, print, printJson, printList, refuseInput, warn } from './output.ts';

/** The member that each flag of `clients add` is. */
const flags = {
  id: 'client_id',
  kind: 'kind',
  trust: 'trust',
  name: 'client_name',
  publisher: 'publisher',
  homepage: 'client_uri',
  redirectUri: 'redirect_uris',
  grantType: 'grant_types',
  scope: 'scope',
  optionalScope: 'optional_scope',
  authMethod: 'token_endpoint_auth_method',
  authSigningAlg: 'token_endpoint_auth_signing_alg',
  jwksUri: 'jwks_uri',
  tlsSubjectDn: 'tls_client_auth_subject_dn',
  tlsSanDns: 'tls_client_auth_san_dns',
  certificateBoundTokens: 'tls_client_certificate_bound_access_tokens',
  idTokenAlg: 'id_token_signed_response_alg',
} as const satisfies Readonly<Record<string, keyof ClientRegistration>>;

export type AddClientOptions = {
  readonly [Flag in keyof typeof flags]?: ClientRegistration[(typeof flags)[Flag]];
} & { readonly json?: boolean; readonly jwks?: string };

function toRegistration(options: AddClientOptions): ClientRegistration {
  const members = (Object.keys(flags) as (keyof typeof flags)[]).map((flag) => [
    flags[flag],
    options[flag],
  ]);
  const jwks = options.jwks === undefined ? undefined : readJwks(options.jwks);
  return { ...(Object.fromEntries(members) as ClientRegistration), jwks };
}

function readJwks(file: string): NonNullable<ClientRegistration['jwks']> {
  const text = readText(file);
  try {
    return JSON.parse(text) as NonNullable<ClientRegistration['jwks']>;
  } catch {
    throw new CommandError(`${file} is not JSON: it must contain a JWK set.`);
  }
}

/** APIs of the configuration count even if the server has not started with them yet. */
export async function knownApis({ configuration, store }: CommandContext): Promise<readonly Api[]> {
  return [
    ...configuration.apis,
    ...(await store.apis.list()).filter((api) => api.origin === 'command'),
  ];
}

export function addClient(options: AddClientOptions, global: GlobalOptions): Promise<void> {
  return withStore(global, async (context) => {
    const { configuration, store, vault, now, events } = context;
    const apis = await knownApis(context);
    const rules = resolveOptions(configuration.options);
    const making = { ...rules, now, random: systemRandom, apis, origin: 'command' } as const;
    const { client, secret } = await refuseInput(() =>
      registerClient(toRegistration(options), making),
    );
    const declared = configuration.clients.some((one) => one.id === client.id);
    if (declared || (await store.clients.load(client.id)) !== undefined) {
      throw new CommandError(`The client ${client.id} exists already.`);
    }
    await store.clients.save(withSealedSecret(vault, client, secret));
    events.emit(addedClient(client));
    if (options.json === true)
      return printJson({ ...renderForAdministrators(client), client_secret: secret });
    print(`client_id      ${client.id}`);
    if (secret === undefined) return undefined;
    print(`client_secret  ${secret}`);
    return warn('The secret is shown only once, because only its digest is stored.');
  });
}

export function listClients(
  { json = false }: { readonly json?: boolean },
  global: GlobalOptions,
): Promise<void> {
  return withStore(global, async ({ store, now }) => {
    const clients = await listAll((paging) => store.clients.list(paging));
    const rows: (readonly [Client, string])[] = [];
    for (const client of clients) rows.push([client, await formerSecretOf(store, client, now)]);
    const render = ([client, former_secret]: (typeof rows)[number]) => ({
      ...renderForAdministrators(client),
      former_secret,
    });
    if (json) return printJson(rows.map(render));
    return printList(
      rows,
      false,
      ['CLIENT ID', 'NAME', 'KIND', 'TRUST', 'STATUS', 'ORIGIN', 'SINCE', 'FORMER SECRET'],
      ([client, formerSecret]) => [
        client.id,
        client.name,
        client.kind,
        client.trust,
        client.status,
        client.origin,
        day(client.createdAt),
        formerSecret,
      ],
    );
  });
}

/**
 * For each client with a former secret, whether that secret can be ended. Only these few clients
 * are read.
 */
async function formerSecretOf(store: Store, client: Client, now: number): Promise<string> {
  const living = client.secrets.filter(
    ({ expiresAt }) => expiresAt === undefined || expiresAt > now,
  );
  const former = living.length > 1 ? living[0] : undefined;
  if (former === undefined) return '';
  const history = { uses: await store.clients.secretUses(client.id), now };
  return explainSecret(former, client, history);
}

export async function loadClient({ store }: CommandContext, id: string): Promise<Client> {
  const client = await store.clients.load(id);
  if (client === undefined) throw new CommandError(`There is no client ${id}.`);
  return client;
}

/** Also finds a client of the configuration with which no server has started yet. */
export async function findClient(context: CommandContext, id: string): Promise<Client> {
  const declared = context.configuration.clients.find((client) => client.id === id);
  return (await context.store.clients.load(id)) ?? declared ?? loadClient(context, id);
}

export function disableClient(id: string, global: GlobalOptions): Promise<void> {
  return withStore(global, async (context) => {
    const client = await loadClient(context, id);
    await context.store.clients.disable(id, context.now);
    context.events.emit({ type: 'client.disabled', clientId: id });
    print(
      `${client.name} (${id}) is disabled. Its refresh tokens and API keys have ended. Its access tokens end within minutes, or at once if the API follows the status list.`,
    );
    if (client.origin === 'config')
      warn(
        'The client is in the configuration, so the next start enables it again. Remove it there too.',
      );
  });
}

export function enableClient(id: string, global: GlobalOptions): Promise<void> {
  return withStore(global, async (context) => {
    const { name, origin } = await loadClient(context, id);
    const isDeclared = context.configuration.clients.some((client) => client.id === id);
    if (origin === 'config' && !isDeclared)
      throw new CommandError(
        `${id} was removed from the configuration, so the next start would disable it again. Put it back into the configuration.`,
      );
    if (!(await context.store.clients.enable(id, context.now)))
      throw new CommandError(`${id} is not disabled.`);
    context.events.emit({ type: 'client.enabled', clientId: id });
    print(
      `${name} (${id}) is active again, with its former secrets. Ended access is not restored: users must connect it again, and it needs new API keys and tokens.`,
    );
  });
}

export interface SecretOptions {
  readonly json?: boolean;
  readonly overlapSeconds: string;
  /** Makes no new secret. The former secret ends now. */
  readonly endFormer?: boolean;
}

export function renewSecret(
  id: string,
  options: SecretOptions,
  global: GlobalOptions,
): Promise<void> {
  return withStore(global, async (context) => {
    const client = await loadClient(context, id);
    // The next start would restore the secret from the file, if the file has one.
    if (client.origin === 'config' && !context.configuration.keptSecrets.has(id))
      throw new CommandError(
        `The secret of ${id} is in the configuration: change client_secret there.`,
      );
    if (options.endFormer === true) return endFormerSecret(context, client);
    if (!/^\d{1,8}$/.test(options.overlapSeconds))
      throw new CommandError('--overlap-seconds must be a whole number of seconds.');
    const overlap = Number(options.overlapSeconds);
    const { client: added, secret } = addSecret(client, systemRandom, context.now, overlap);
    const renewed = withSealedSecret(context.vault, added, secret);
    // Saves only the secrets, and only if they did not change since they were read. Saving the
    // whole client could undo a disabling.
    if (!(await context.store.clients.replaceSecrets(id, client.secrets, renewed.secrets)))
      throw new CommandError(
        `${id} got no new secret: it is disabled, or it got a new secret at the same time.`,
      );
    context.events.emit({ type: 'client.secret_renewed', clientId: id, overlapSeconds: overlap });
    if (options.json === true) return printJson({ client_id: id, client_secret: secret });
    print(`client_secret  ${secret}`);
    return warn(
      `The secret is shown only once. The former secret works for ${overlap} more seconds.`,
    );
  });
}

async function endFormerSecret(
  { store, events, now }: CommandContext,
  client: Client,
): Promise<void> {
  const [newest, ...former] = client.secrets.toReversed();
  if (newest === undefined || former.length === 0)
    throw new CommandError(`${client.id} has no former secret.`);
  const history = { uses: await store.clients.secretUses(client.id), now };
  if (!(await store.clients.replaceSecrets(client.id, client.secrets, [newest])))
    throw new CommandError(`${client.id} is disabled, or it got a new secret at the same time.`);
  events.emit({ type: 'client.secret_ended', clientId: client.id });
  for (const secret of former) print(`Ended: ${explainSecret(secret, client, history)}`);
}

export function explain(id: string, global: GlobalOptions): Promise<void> {
  return withStore(global, async (context) => {
    const client = await findClient(context, id);
    const { lifetimes } = resolveOptions(context.configuration.options);
    const filter = { clientId: id, aliveAt: context.now };
    const keys = await listAll((paging) => context.store.apiKeys.list(filter, paging));
    const history = { uses: await context.store.clients.secretUses(id), now: context.now };
    print(explainClient(client, lifetimes, keys, history).join('\n'));
  });
}
