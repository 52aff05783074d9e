/** The product, put together: store, accounts, pages and log around core, behind an HTTP server. */
import { type AuthorizationServer, createAuthorizationServer, ensureKeys, type Store } from '@keywright/core';
import { createAccounts } from './accounts/accounts.ts';
import type { Configuration } from './configuration/configuration.ts';
import { openDecisions } from './decisions.ts';
import { applyDeclarations } from './declarations.ts';
import { createListener } from './http/listener.ts';
import { type RunningServer, startNodeServer } from './http/node-server.ts';
import { createOwnRoutes } from './http/own-routes.ts';
import { createCarrierRefusals } from './http/refusals.ts';
import { responseDefaults } from './http/response.ts';
import { createLog, type Log } from './log.ts';
import { createPages, stylesheet } from './pages/pages.ts';
import { openStore, systemClock, systemRandom } from './ports.ts';

export interface RunningProduct {
  /** The port that was taken. */
  readonly port: number;
  /** Answers what is in flight, closes the rest within the time, and closes the store. */
  stop(): Promise<void>;
}

const stopGraceMilliseconds = 8000;
const pruneEveryMilliseconds = 60_000;
const pruneLimit = 500;

/** Below the issuer's path, so that a proxy that forwards only that path serves it too. */
function stylesheetAt(issuer: string) {
  const { pathname } = new URL(issuer);
  return { ...stylesheet, path: `${pathname === '/' ? '' : pathname}${stylesheet.path}` };
}

/** Deletes the dead in small batches, so that requests get in between, until none are left. Never keeps the process alive. */
function startPruning(store: Store, log: Log): () => void {
  let stopped = false;
  const prune = async (): Promise<void> => {
    try {
      while (!stopped && (await store.prune(systemClock.nowSeconds(), pruneLimit)) >= pruneLimit);
    } catch (error) {
      log.logger.warn({ err: error }, 'prune.failed');
    }
  };
  let running: Promise<void> | undefined;
  const timer = setInterval(() => {
    running ??= prune().finally(() => {
      running = undefined;
    });
  }, pruneEveryMilliseconds).unref();
  return () => {
    stopped = true;
    clearInterval(timer);
  };
}

function startHttp(
  configuration: Configuration,
  server: AuthorizationServer,
  store: Store,
  log: Log,
  isStopping: () => boolean,
): Promise<RunningServer> {
  const { issuer } = configuration.options;
  const listener = createListener({
    server,
    ownRoutes: createOwnRoutes([stylesheetAt(issuer)], { probe: () => store.probe(), isStopping }),
    refusals: createCarrierRefusals(issuer, log.events),
    defaults: responseDefaults(issuer),
    trustedProxies: configuration.trustedProxies,
    isStopping,
  });
  return startNodeServer(listener, configuration.host, configuration.port);
}

/** Core with this product's accounts and pages; brings store and keys up to date first. */
async function createServer(
  configuration: Configuration,
  opened: Awaited<ReturnType<typeof openStore>>,
  log: Log,
) {
  const { store, vault } = opened;
  const { options, serviceName, policies } = configuration;
  // Before anything is written: with policies that cannot be read nothing starts.
  const decisions = await openDecisions(store, policies, (fault) =>
    log.events.emit({ type: 'permissions.fault', ...fault }),
  );
  await applyDeclarations(store, configuration, { now: systemClock.nowSeconds(), random: systemRandom });
  await ensureKeys({ store, vault, clock: systemClock });
  return createAuthorizationServer(options, {
    store,
    vault,
    clock: systemClock,
    random: systemRandom,
    accounts: createAccounts(store.accounts),
    pages: createPages({ serviceName, stylesheetUrl: stylesheetAt(options.issuer).path }),
    events: log.events,
    decisions,
  });
}

/** Starts everything, or nothing. Throws ConfigError, StoreUnavailableError or the system's error of a taken port. */
export async function startProduct(configuration: Configuration): Promise<RunningProduct> {
  const opened = await openStore(configuration);
  const log = createLog(configuration.log);
  let stopping = false;
  try {
    await log.ready;
    const server = await createServer(configuration, opened, log);
    const http = await startHttp(configuration, server, opened.store, log, () => stopping);
    const stopPruning = startPruning(opened.store, log);
    for (const warning of configuration.warnings) log.logger.warn({ warning }, 'security.weakened');
    log.logger.info({ issuer: configuration.options.issuer, port: http.port }, 'started');
    return {
      port: http.port,
      stop: async () => {
        stopping = true;
        stopPruning();
        await http.stop(stopGraceMilliseconds);
        await opened.store.close();
        log.logger.info('stopped');
        await log.close();
      },
    };
  } catch (error) {
    await opened.store.close();
    throw error;
  }
}
