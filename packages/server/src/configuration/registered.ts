/** APIs and clients as the file declares them: each registered by its own rules, also where others are wrong. */
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
  /** Of those clients that sign with theirs, by id: to be sealed. */
  readonly clientSecrets: ReadonlyMap<string, string>;
  /** Ids of those that may take over a client of another origin. */
  readonly adopted: ReadonlySet<string>;
  /** Of those, the ones that go on with the secrets that they have: the one in `clients` is nobody's. */
  readonly keptSecrets: ReadonlySet<string>;
}

type Document = Readonly<Record<string, unknown>>;

interface Source {
  readonly now: number;
  readonly random: Random;
}

/** `resolved` is undefined where the options are wrong themselves: that is said elsewhere. */
export function registerDeclared(
  document: Document,
  { now, random }: Source,
  resolved: ResolvedOptions | undefined,
  problems: ConfigProblem[],
): Registered {
  const { keyAlgorithms = allKeyAlgorithms, policies, features } = resolved ?? {};
  const apis = registerApis(document, keyAlgorithms, problems);
  const common = { now, random, origin: 'config', keyAlgorithms, policies, features, apis } as const;
  // Scopes of an API that is wrong itself are not known: to complain about their use would mislead.
  const declared = document['apis'];
  const areComplete = declared === undefined || (Array.isArray(declared) && declared.length === apis.length);
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

/** The elements of a list that have the right shape: their own rules can be checked even when others are wrong. */
export function wellFormed<T>(list: unknown, schema: z.ZodType<T>): readonly (readonly [number, T])[] {
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
    problems.push({ path: `${at}.client_id`, message: 'stands at another client too: each needs its own' });
  }
  // A secret made at each start would be known to nobody.
  if (secret !== undefined && !hasSecret) {
    problems.push({
      path: `${at}.client_secret`,
      message:
        'is required for this client. Make one: openssl rand -base64 32. A client that was added by command goes on with its secrets by `adopt: true`',
    });
  }
}
