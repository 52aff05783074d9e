/** The product, put together: store, accounts, pages and log around core, behind an HTTP server. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  type AuthorizationServer,
  createAuthorizationServer,
  ensureKeys,
  type Events,
  type Store,
} from '@keywright/core';
import { type Audit, createAudit, tellBoth } from './audit/audit.ts';
import { createAccounts } from './accounts/accounts.ts';
import { createTurnstile } from './accounts/turnstile.ts';
import type { Configuration } from './configuration/configuration.ts';
import { startLimits } from './configuration/limits.ts';
import { openDecisions } from './decisions.ts';
import { applyDeclarations } from './declarations.ts';
import { createPublicOutbound } from '@keywright/jwt';
import { createGate } from './http/gate.ts';
import { createListener } from './http/listener.ts';
import { type RunningServer, startNodeServer } from './http/node-server.ts';
import { createOwnRoutes } from './http/own-routes.ts';
import { createCarrierRefusals } from './http/refusals.ts';
import { responseDefaults } from './http/response.ts';
import { createLog, type Log } from './log.ts';
import { createPages, stylesheet } from './pages/pages.ts';
import type { Snapshot } from './metrics/snapshot.ts';
import { type Schedule, startSchedule } from './periodic/schedule.ts';
import { createTasks } from './periodic/tasks.ts';
import { type OpenedStore, openStore, systemClock, systemRandom } from './ports.ts';
import { type ProcessBounds, shareBounds } from './process-bounds.ts';
import { openWatching, type Watching } from './watching.ts';
import { alone, type Place } from './workers/place.ts';

export interface RunningProduct {
  /** The port that was taken. */
  readonly port: number;
  report(): Promise<Report>;
  /**
   * Is not ready from now on, takes connections until the time to drain is over, answers what is in flight, closes the rest within the time,
   * and closes the store. With `isReplaced` others serve on the same port: it is ready as they are, and takes no connection any more.
   */
  stop(isReplaced?: boolean): Promise<void>;
}

export interface Report {
  readonly isReady: boolean;
  /** Undefined when nothing is measured. */
  readonly snapshot: Snapshot | undefined;
}

interface RunningHttp extends RunningServer {
  readonly isReady: () => Promise<boolean>;
}

const stopGraceMilliseconds = 8000;
/** So long, connections whose process is replaced may go on: each answer ends its own. */
const leaveMilliseconds = 2000;

/** Below the issuer's path, so that a proxy that forwards only that path serves it too. */
function stylesheetAt(issuer: string) {
  const { pathname } = new URL(issuer);
  return { ...stylesheet, path: `${pathname === '/' ? '' : pathname}${stylesheet.path}` };
}

interface LifeState {
  /** Not ready any more. */
  isStopping: boolean;
  /** Every answer ends its connection. */
  isClosing: boolean;
}

async function startHttp(
  configuration: Configuration,
  server: AuthorizationServer,
  store: Store,
  log: Log,
  watching: Watching,
  { connections }: ProcessBounds,
  { isSupervised }: Place,
  state: LifeState,
): Promise<RunningHttp> {
  const { issuer } = configuration.options;
  const ownRoutes = createOwnRoutes([stylesheetAt(issuer)], {
    probe: () => store.probe(),
    isStopping: () => state.isStopping,
  });
  watching.running(store, ownRoutes);
  const gate = createGate({ server, issuer, pages: pagesOf(configuration), events: log.events });
  const listener = createListener({
    server,
    gate: watching.gate(gate, server),
    ownRoutes: watching.ownRoutes(ownRoutes),
    refusals: watching.refusals(createCarrierRefusals(issuer, log.events)),
    defaults: responseDefaults(issuer),
    trustedProxies: configuration.trustedProxies,
    isStopping: () => state.isClosing,
  });
  if (!isSupervised) await watching.listen();
  const { host, port } = configuration;
  const running = await startNodeServer(listener, host, port, connections);
  const stop = (graceMilliseconds: number): Promise<void> => {
    gate.stop();
    return running.stop(graceMilliseconds);
  };
  const isReady = async () => (await ownRoutes.answer('GET', '/health/ready'))?.status === 200;
  return { ...running, stop, isReady };
}

function pagesOf({ serviceName, options }: Configuration) {
  return createPages({ serviceName, stylesheetUrl: stylesheetAt(options.issuer).path });
}

/** Core with this product's accounts and pages; brings store and keys up to date first. */
async function createServer(
  configuration: Configuration,
  opened: Awaited<ReturnType<typeof openStore>>,
  log: Log,
  watching: Watching,
  events: Events,
  { passwords }: ProcessBounds,
) {
  const { store, vault } = opened;
  const { options, policies } = configuration;
  // Before anything is written: with policies that cannot be read nothing starts.
  const decisions = await openDecisions(store, policies, (fault) =>
    log.events.emit({ type: 'permissions.fault', ...fault }),
  );
  await applyDeclarations(store, configuration, {
    now: systemClock.nowSeconds(),
    random: systemRandom,
    events,
  });
  await ensureKeys({ store, vault, clock: systemClock, events });
  const server = createAuthorizationServer(options, {
    store,
    vault,
    clock: systemClock,
    random: systemRandom,
    accounts: createAccounts(store.accounts, watching.turnstile(createTurnstile(passwords))),
    pages: pagesOf(configuration),
    events,
    decisions,
    limits: startLimits(configuration.limits),
    outbound: createPublicOutbound({ maxRedirects: 0 }),
  });
  return watching.server(server, log);
}

/** Starts everything, or nothing. Throws ConfigError, StoreUnavailableError or the system's error of a taken port. */
export async function startProduct(
  configuration: Configuration,
  place: Place = alone,
): Promise<RunningProduct> {
  const bounds = shareBounds(configuration, place.processes);
  const watching = await openWatching(configuration, place.worker);
  const { processes, writer } = place;
  const opened = await openStore(configuration, { observer: watching.store, processes, writer });
  const log = watching.log(createLog(configuration.log, watching.traceIds));
  const audit = createAudit(
    {
      ...opened,
      retentionDays: configuration.auditRetentionDays,
      onFault: (type, detail) => log.events.emit({ type, ...detail }),
      onHead: (head) => log.events.emit({ type: 'audit.head', ...head }),
    },
    'serve',
  );
  const events = tellBoth(log.events, audit.events);
  const state: LifeState = { isStopping: false, isClosing: false };
  try {
    await log.ready;
    const server = await createServer(configuration, opened, log, watching, events, bounds);
    await audit.start();
    const http = await startHttp(configuration, server, opened.store, log, watching, bounds, place, state);
    const schedule = startTasks(configuration, opened, events, audit, log);
    for (const warning of configuration.warnings) log.logger.warn({ warning }, 'security.weakened');
    log.logger.info({ issuer: configuration.options.issuer, port: http.port }, 'started');
    return {
      port: http.port,
      report: async () => ({ isReady: await http.isReady(), snapshot: await watching.snapshot?.() }),
      stop: async (isReplaced = false) => {
        state.isClosing = true;
        state.isStopping = !isReplaced;
        const stopped = schedule.stop();
        if (isReplaced) http.leave();
        await delay(isReplaced ? leaveMilliseconds : configuration.drainSeconds * 1000);
        // Either way it has ended before its supervisor would end it by force.
        await http.stop(isReplaced ? stopGraceMilliseconds - leaveMilliseconds : stopGraceMilliseconds);
        await stopped;
        await watching.stop();
        await audit.close();
        await opened.store.close();
        log.logger.info('stopped');
        await log.close();
      },
    };
  } catch (error) {
    await audit.close();
    await watching.stop();
    await opened.store.close();
    throw error;
  }
}

function startTasks(
  { rotateKeysDays }: Configuration,
  { store, vault }: OpenedStore,
  events: Events,
  audit: Audit,
  log: Log,
): Schedule {
  const pruneAudit = () => audit.prune();
  const tasks = createTasks({ store, vault, clock: systemClock, events, rotateKeysDays, pruneAudit });
  const onFault = (task: string, error: unknown) => log.logger.warn({ task, err: error }, 'periodic.failed');
  return startSchedule(tasks, { leases: store.leases, onFault });
}
