/**
 * Makes an API key for one client, one environment and one API. Everything is checked, and all
 * problems are reported at once. Only an administrator issues keys, by command. If the tier of a
 * client allows keys, this command is the only switch.
 */
import { type MadeApiKey, makeApiKey, refuseAddressRange } from '@keywright/jwt';
import { createApiDirectory } from '../../kernel/apis/directory.ts';
import { mayHaveApiKeys } from '../../kernel/policy/tiers.ts';
import { ConfigError, type ConfigProblem } from '../../model/errors.ts';
import type { Api, ApiKey, Client } from '../../model/entities.ts';
import type { Events, Ports } from '../../model/ports.ts';
import { refuseDisplayText } from '../../rules/display-text.ts';

/**
 * What an API key is issued for: one client, one environment, and scopes of one API
 * (docs/api-keys.md §2).
 */
export interface ApiKeyRegistration {
  readonly client_id: string;
  /** The environment in which it will be used: `live`, `test`. */
  readonly environment: string;
  /** For people: the program or machine that has it. */
  readonly name: string;
  /** Scopes, separated by spaces. The client must have them, and they must belong to one API. */
  readonly scope: string;
  /** In CIDR notation. Without any, all networks may use the key. */
  readonly networks?: readonly string[] | undefined;
  /** Without it, the key is valid until it is revoked. */
  readonly lifetimeSeconds?: number | undefined;
}

/** A new API key, and its text, which is shown once. */
export interface IssuedApiKey {
  readonly key: ApiKey;
  /** The key itself, shown once: only its digest is kept. */
  readonly text: string;
}

/** The ports that issuing an API key uses. */
export type IssuingPorts = Pick<Ports, 'store' | 'clock' | 'random'> & { readonly events?: Events };

/** The manifest of an API contains all of its keys in one document. */
export const mostLivingKeysOfApi = 5000;
const mostNetworks = 20;
const shortestLifeSeconds = 60;
const longestLifeSeconds = 10 * 365 * 86_400;

/**
 * Issues and stores an API key (docs/api-keys.md §2). Does not check who requests it.
 * @throws ConfigError with every problem: a client or scope that may not have a key, too many keys
 */
export async function issueApiKey(
  ports: IssuingPorts,
  input: ApiKeyRegistration,
): Promise<IssuedApiKey> {
  const now = ports.clock.nowSeconds();
  const [client, apis] = await Promise.all([
    ports.store.clients.load(input.client_id),
    ports.store.apis.list(),
  ]);
  const wanted = checkRegistration(input, client, apis);
  const made = makeApiKey(input.environment, (length) => ports.random.bytes(length));
  const key: ApiKey = {
    ...stored(made),
    clientId: input.client_id,
    name: input.name,
    ...wanted,
    createdAt: now,
    ...(input.lifetimeSeconds !== undefined ? { expiresAt: now + input.lifetimeSeconds } : {}),
  };
  const { outcome } = await ports.store.apiKeys.add(key, mostLivingKeysOfApi, now);
  if (outcome === 'client-inactive') throw fault('client_id', inactive(input.client_id));
  if (outcome === 'too-many')
    throw fault(
      'scope',
      `${key.audience} has ${mostLivingKeysOfApi} active keys, which is the maximum: revoke some`,
    );
  const { id: keyId, clientId, environment, audience, scopes, expiresAt } = key;
  ports.events?.emit({
    type: 'api_key.issued',
    clientId,
    keyId,
    environment,
    audience,
    scopes,
    expiresAt,
  });
  return { key, text: made.text };
}

/** The stored part of a key: everything except its text. */
export function stored({
  id,
  environment,
  digest,
}: MadeApiKey): Pick<ApiKey, 'id' | 'environment' | 'digest'> {
  return { id, environment, digest };
}

export function fault(member: string, message: string): ConfigError {
  return new ConfigError([{ path: `api_key.${member}`, message }]);
}

type Say = (member: string, message: string) => void;

function checkRegistration(
  input: ApiKeyRegistration,
  client: Client | undefined,
  apis: readonly Api[],
): Pick<ApiKey, 'audience' | 'scopes' | 'networks'> {
  const problems: ConfigProblem[] = [];
  const say: Say = (member, message) => void problems.push({ path: `api_key.${member}`, message });
  checkClient(input.client_id, client, say);
  if (!/^[a-z0-9]{1,16}$/.test(input.environment))
    say('environment', 'must be 1 to 16 lower-case letters and digits, for example live or test');
  const refused = refuseDisplayText(input.name);
  if (refused !== undefined) say('name', refused);
  const { scopes, audience } = checkScopes(input.scope, client, apis, say);
  const networks = checkNetworks(input.networks ?? [], say);
  if (input.lifetimeSeconds !== undefined) checkLifetime(input.lifetimeSeconds, say);
  if (problems.length > 0) throw new ConfigError(problems);
  return { audience, scopes, networks };
}

function checkClient(id: string, client: Client | undefined, say: Say): void {
  if (client?.status !== 'active') say('client_id', inactive(id));
  else if (!mayHaveApiKeys(client))
    say('client_id', `${id} is not a service: its tier cannot have API keys`);
}

function inactive(id: string): string {
  return `${id} is not an active client`;
}

function checkScopes(text: string, client: Client | undefined, apis: readonly Api[], say: Say) {
  const scopes = [...new Set(text.split(' ').filter((word) => word !== ''))];
  if (scopes.length === 0) say('scope', 'must name at least one scope');
  const directory = createApiDirectory(apis);
  const audiences = new Set<string>();
  for (const scope of scopes) {
    const audience = directory.ofScope(scope)?.identifier;
    if (audience === undefined) say('scope', `${scope} is not a scope of a declared API`);
    else audiences.add(audience);
    if (client !== undefined && !client.scopes.includes(scope))
      say('scope', `${scope} is not available to ${client.id}`);
  }
  if (audiences.size > 1)
    say(
      'scope',
      `belongs to several APIs (${[...audiences].join(', ')}). A key is for one API: make one for each`,
    );
  return { scopes, audience: [...audiences][0] ?? '' };
}

function checkNetworks(networks: readonly string[], say: Say): readonly string[] {
  if (networks.length > mostNetworks) say('networks', `must be at most ${mostNetworks}`);
  networks.forEach((network, index) => {
    const refused = refuseAddressRange(network);
    if (refused !== undefined) say(`networks[${index}]`, refused);
  });
  return [...new Set(networks)];
}

export function checkLifetime(seconds: number, say: Say): void {
  if (!Number.isInteger(seconds) || seconds < shortestLifeSeconds || seconds > longestLifeSeconds)
    say('expires', 'must be between one minute and ten years from now');
}
