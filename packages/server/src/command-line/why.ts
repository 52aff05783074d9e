/**
 * `keywright why <decision id>`: explains a refusal from the log, and from the database if there is
 * one.
 */
import { existsSync } from 'node:fs';
import {
  type Client,
  ConfigError,
  explainClient,
  resolveOptions,
  type Store,
} from '@keywright/core';
import { isPostgresAddress, openStore } from '@keywright/store';
import type { Configuration } from '../configuration/configuration.ts';
import { systemClock } from '../ports.ts';
import { readEntry, type RefusalEntry } from '../why/log-entry.ts';
import { type SearchedLog, searchLog } from '../why/log-search.ts';
import { loadState, type State } from '../why/state.ts';
import { isAboutClient, renderStory, ruleOf, type Story, toJson } from '../why/story.ts';
import { type GlobalOptions, readConfiguration } from './context.ts';
import { CommandError, describeFailure, print, printJson, warn } from './output.ts';

export interface WhyOptions extends GlobalOptions {
  readonly log?: readonly string[];
  readonly json?: boolean;
}

/**
 * Ends with 1 if no log contains the decision. `asked` is its id, or the `error_uri` that contains
 * it.
 */
export async function why(asked: string, options: WhyOptions): Promise<void> {
  const id = URL.parse(asked)?.searchParams.get('decision') ?? asked;
  // Ids of the guard are UUIDs. Ids of the server are dec_ and 22 characters of base64url.
  if (!/^[\w-]{8,64}$/.test(id))
    throw new CommandError(
      'This is not a decision id. The answer contains it as "decision", as "reference", or in "error_uri".',
    );
  const configuration = await findConfiguration(options);
  const searched = await searchAll(logsOf(options, configuration), id);
  const entries = searched.flatMap(({ found }) =>
    found.flatMap((line) => readEntry(line, id) ?? []),
  );
  const [entry] = entries.toSorted((left, right) => countFields(right) - countFields(left));
  if (entry === undefined) return notFound(id, searched, options, configuration);
  const story = await tell(id, entry, configuration);
  return print(
    options.json === true ? JSON.stringify(toJson(story), undefined, 2) : renderStory(story),
  );
}

/** Selects the line with the most information. */
function countFields({ fields }: RefusalEntry): number {
  return Object.keys(fields).length;
}

/**
 * If logs are given, the command needs no configuration. Otherwise a missing configuration is the
 * fault.
 */
async function findConfiguration(options: WhyOptions): Promise<Configuration | undefined> {
  try {
    return await readConfiguration(options);
  } catch (error) {
    const isKnown = error instanceof ConfigError || error instanceof CommandError;
    if (!isKnown || options.log === undefined || options.config !== undefined) throw error;
    if (error instanceof ConfigError) warn(`${describeFailure(error)}\nOnly the log is used.`);
    return undefined;
  }
}

function logsOf(
  { log = [] }: WhyOptions,
  configuration: Configuration | undefined,
): readonly string[] {
  const own = configuration?.log.file;
  const logs = [...new Set([...log, ...(own === undefined ? [] : [own])])];
  if (logs.length > 0) return logs;
  throw new CommandError(
    'The server logs to standard output. Give the file with --log, or - for standard input.',
  );
}

async function searchAll(logs: readonly string[], id: string): Promise<readonly SearchedLog[]> {
  const searched: SearchedLog[] = [];
  // One after the other, because each may be larger than the memory.
  for (const log of logs) searched.push(await searchLog(log, id));
  return searched;
}

function notFound(
  id: string,
  searched: readonly SearchedLog[],
  { json }: WhyOptions,
  configuration: Configuration | undefined,
): void {
  process.exitCode = 1;
  if (json === true) {
    const logs = searched.map(({ file, lines, fault }) => ({
      file,
      lines,
      ...(fault === undefined ? {} : { fault }),
    }));
    return printJson({ found: false, decision: id, searched: logs });
  }
  const mentioned = searched.flatMap(({ found }) => found);
  const level = configuration?.log.level ?? 'info';
  return warn(
    [
      `No refusal ${id} was found. Looked in`,
      ...searched.map(({ file, lines, fault }) => `  ${file}: ${fault ?? `${lines} lines`}`),
      ...mentioned.map(
        ({ file, number }) => `${file}, line ${number}, mentions it without a reason.`,
      ),
      ...(['warn', 'error', 'silent'].includes(level)
        ? [`log.level is ${level}, but refusals have the level info.`]
        : []),
      'A refusal by an API is in the log of this API. Give it with --log.',
    ].join('\n'),
  );
}

async function tell(
  decision: string,
  entry: RefusalEntry,
  configuration: Configuration | undefined,
): Promise<Story> {
  const plain = { decision, entry, rule: ruleOf(entry), state: undefined, client: [] };
  const without = whyWithout(entry, configuration);
  if (configuration === undefined || without !== undefined)
    return { ...plain, withoutState: without };
  let store: Store;
  try {
    store = await openStore({ database: configuration.database });
  } catch (error) {
    return {
      ...plain,
      withoutState: `not read: the database cannot be opened (${(error as Error).message})`,
    };
  }
  try {
    const state = await loadState(store, entry, systemClock.nowSeconds());
    return {
      ...plain,
      state,
      withoutState: undefined,
      client: await describeClient(store, state, entry, configuration),
    };
  } finally {
    await store.close();
  }
}

function whyWithout(
  entry: RefusalEntry,
  configuration: Configuration | undefined,
): string | undefined {
  if (configuration === undefined) return 'not read: there is no configuration in this folder';
  const { issuer } = configuration.options;
  if (entry.fields.issuer !== undefined && entry.fields.issuer !== issuer)
    return `not read: the token is from another issuer than ${issuer}`;
  const { database } = configuration;
  if (isPostgresAddress(database) || (database !== ':memory:' && existsSync(database)))
    return undefined;
  return 'not read: there is no database';
}

async function describeClient(
  store: Store,
  { client }: State,
  entry: RefusalEntry,
  configuration: Configuration,
): Promise<readonly string[]> {
  if (client === undefined || !isAboutClient(entry)) return [];
  const keys = await livingKeys(store, client);
  const history = {
    uses: await store.clients.secretUses(client.id),
    now: systemClock.nowSeconds(),
  };
  return explainClient(client, resolveOptions(configuration.options).lifetimes, keys, history);
}

async function livingKeys(store: Store, client: Client) {
  const { items } = await store.apiKeys.list({
    clientId: client.id,
    aliveAt: systemClock.nowSeconds(),
  });
  return items;
}
