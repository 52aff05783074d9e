/**
 * Registers the APIs and clients of the file. Each is checked by its own rules, even if others are
 * wrong.
 */
import {
  adminApi,
  type Api,
  type Client,
  type ConfigProblem,
  grantsApi,
  keyAlgorithms as allKeyAlgorithms,
  type Random,
  registerApi,
  registerClient,
  type ResolvedOptions,
  signsWithSecret,
} from '@keywright/core';
import type * as z from 'zod';
import { collect } from './problems.ts';
import { apiSchema } from './schema/api.ts';
import { clientSchema } from './schema/client.ts';

export interface Registered {
  readonly apis: readonly Api[];
  readonly clients: readonly Client[];
  /** The secrets of clients that sign with them, by client id. They must be sealed. */
  readonly clientSecrets: ReadonlyMap<string, string>;
  /** The ids of clients that may take over a client that was added in another way. */
  readonly adopted: ReadonlySet<string>;
  /** Clients among them that keep their secrets. The secret in `clients` is a placeholder. */
  readonly keptSecrets: ReadonlySet<string>;
}

type Document = Readonly<Record<string, unknown>>;

interface Source {
  readonly now: number;
  readonly random: Random;
}

/** `resolved` is undefined if the options are wrong themselves. Another check reports that. */
export function registerDeclared(
  document: Document,
  { now, random }: Source,
  resolved: ResolvedOptions | undefined,
  problems: ConfigProblem[],
): Registered {
  const { keyAlgorithms = allKeyAlgorithms, policies, features } = resolved ?? {};
  const apis = registerApis(document, keyAlgorithms, problems);
  const common = {
    now,
    random,
    origin: 'config',
    keyAlgorithms,
    policies,
    features,
    apis,
  } as const;
  // The scopes of a wrong API are not known, so a message about their use would mislead.
  const declared = document['apis'];
  const areComplete =
    declared === undefined || (Array.isArray(declared) && declared.length === apis.length);
  const clients: Client[] = [];
  const clientSecrets = new Map<string, string>();
  const adopted = new Set<string>();
  const keptSecrets = new Set<string>();
  for (const [index, input] of wellFormed(document['clients'], clientSchema)) {
    const at = `clients[${index}]`;
    const found: ConfigProblem[] = [];
    const registered = collect(found, () => registerClient(input, { ...common, path: at }));
    problems.push(...found.filter(({ path }) => areComplete || path !== `${at}.scope`));
    if (registered === undefined) continue;
    const { client, secret } = registered;
    const keepsSecrets = input.adopt === true && input.client_secret === undefined;
    assertDeclaredClient(
      registered,
      keepsSecrets || input.client_secret !== undefined,
      clients,
      at,
      problems,
    );
    clients.push(client);
    if (input.adopt === true) adopted.add(client.id);
    if (secret !== undefined && keepsSecrets) keptSecrets.add(client.id);
    else if (secret !== undefined && signsWithSecret(client)) clientSecrets.set(client.id, secret);
  }
  return { apis, clients, clientSecrets, adopted, keptSecrets };
}

function registerApis(
  { issuer, apis: declared }: Document,
  keyAlgorithms: ResolvedOptions['keyAlgorithms'],
  problems: ConfigProblem[],
): readonly Api[] {
  const builtIn = typeof issuer === 'string' ? [adminApi(issuer), grantsApi(issuer)] : [];
  const apis: Api[] = [];
  for (const [index, input] of wellFormed(declared, apiSchema)) {
    const context = { origin: 'config', keyAlgorithms, apis: [...builtIn, ...apis] } as const;
    const api = collect(problems, () => registerApi(input, { ...context, path: `apis[${index}]` }));
    if (api !== undefined) apis.push(api);
  }
  return apis;
}

/**
 * The elements of a list that have the right form. Their own rules are checked even if others are
 * wrong.
 */
export function wellFormed<T>(
  list: unknown,
  schema: z.ZodType<T>,
): readonly (readonly [number, T])[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((element, index) => {
    const parsed = schema.safeParse(element);
    return parsed.success ? [[index, parsed.data] as const] : [];
  });
}

function assertDeclaredClient(
  { client, secret }: { readonly client: Client; readonly secret?: string },
  hasSecret: boolean,
  others: readonly Client[],
  at: string,
  problems: ConfigProblem[],
): void {
  if (others.some((other) => other.id === client.id)) {
    problems.push({
      path: `${at}.client_id`,
      message: 'is also the id of another client: each client needs its own',
    });
  }
  // Nobody would know a secret that is made at each start.
  if (secret !== undefined && !hasSecret) {
    problems.push({
      path: `${at}.client_secret`,
      message:
        'is required for this client. Make one: openssl rand -base64 32. A client that was added by command keeps its secrets with `adopt: true`',
    });
  }
}
