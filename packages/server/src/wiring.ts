/** The product, put together: store, accounts, pages and log around core, behind an HTTP server. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  type AuthorizationServer,
  createAuthorizationServer,
  ensureKeys,
  createLogoutTeller,
  type Events,
  type Outbound,
  resolveOptions,
  settleIssuer,
  type Store,
} from '@keywright/core';
import { type Audit, type AuditParts, createAudit, tellBoth } from './audit/audit.ts';
import { createAccounts } from './accounts/accounts.ts';
import { createTurnstile } from './accounts/turnstile.ts';
import type { Configuration } from './configuration/configuration.ts';
import { assertSealingKey } from './configuration/start-problems.ts';
import { createDeliveries, type Deliveries } from './periodic/deliveries.ts';
import { startLimits } from './configuration/limits.ts';
import { openDecisions } from './decisions.ts';
import { applyDeclarations } from './declarations.ts';
import { createPublicOutbound } from '@keywright/jwt';
import { decryptionAlgorithms } from '@keywright/jwt/encryption';
import { createCertificates } from './http/client-certificate.ts';
import { createGate } from './http/gate.ts';
import { createListener } from './http/listener.ts';
import { acceptorsOfServer } from './http/acceptors.ts';
import { type RunningServer, startNodeServer } from './http/node-server.ts';
import { createOwnRoutes } from './http/own-routes.ts';
import { createCarrierRefusals } from './http/refusals.ts';
import { responseDefaults } from './http/response.ts';
import { type CountedElsewhere, createElsewhere } from './http/elsewhere.ts';
import { followTlsFiles, readTlsFiles } from './http/tls-files.ts';
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
  { elsewhere }: Pick<WayOut, 'elsewhere'>,
): Promise<RunningHttp> {
  const { issuer } = configuration.options;
  const ownRoutes = createOwnRoutes([stylesheetAt(issuer)], {
    probe: () => store.probe(),
    isStopping: () => state.isStopping,
  });
  watching.running(store, ownRoutes);
  const gate = createGate({ server, issuer, pages: pagesOf(configuration), events: log.events, elsewhere });
  const listener = createListener({
    server,
    gate: watching.gate(gate, server),
    ownRoutes: watching.ownRoutes(ownRoutes),
    refusals: watching.refusals(createCarrierRefusals(issuer, log.events)),
    defaults: responseDefaults(issuer),
    trustedProxies: configuration.trustedProxies,
    findCertificate: createCertificates({
      tls: configuration.tls,
      header: configuration.certificateHeader,
      trustedProxies: configuration.trustedProxies,
    }),
    isStopping: () => state.isClosing,
  });
  if (!isSupervised) await watching.listen();
  const { host, port, tls } = configuration;
  const secure = tls && { material: readTlsFiles(tls), asksClients: tls.asksClients };
  const running = await startNodeServer(listener, host, port, {
    connections,
    secure,
    acceptors: acceptorsOfServer,
  });
  const onFault = (error: unknown) => log.logger.error({ err: error }, 'tls.not_renewed');
  const unfollow = tls && followTlsFiles(tls, (material) => running.renew(material), onFault);
  const stop = (graceMilliseconds: number): Promise<void> => {
    unfollow?.();
    gate.stop();
    return running.stop(graceMilliseconds);
  };
  const isReady = async () => (await ownRoutes.answer('GET', '/health/ready'))?.status === 200;
  return { ...running, stop, isReady };
}

function pagesOf({ serviceName, supportUrl, privacyUrl, options }: Configuration) {
  const { path: stylesheetUrl } = stylesheetAt(options.issuer);
  const { basePath } = resolveOptions(options);
  return createPages({ serviceName, supportUrl, privacyUrl, stylesheetUrl, homeUrl: `${basePath}/account` });
}

/** Core with this product's accounts and pages; brings store and keys up to date first. */
async function createServer(
  configuration: Configuration,
  opened: Awaited<ReturnType<typeof openStore>>,
  log: Log,
  watching: Watching,
  events: Events,
  { passwords }: ProcessBounds,
  way: WayOut,
) {
  const { store, vault, privateKeys } = opened;
  const { options, policies } = configuration;
  // Before anything is written: with policies that cannot be read nothing starts.
  const decisions = await openDecisions(store, policies, (fault) =>
    log.events.emit({ type: 'permissions.fault', ...fault }),
  );
  const now = systemClock.nowSeconds();
  // Before what is declared: a node with another issuer changes nothing.
  await settleIssuer(store, options.issuer, now);
  await applyDeclarations(store, configuration, { now, random: systemRandom, vault, events });
  const { keyAlgorithms, features } = resolveOptions(options);
  // What clients encrypt their requests with must be published before they do.
  const algorithms = [...keyAlgorithms, ...(features.requestObjects ? decryptionAlgorithms : [])];
  await ensureKeys({ store, vault, privateKeys, clock: systemClock, events }, { algorithms });
  const server = createAuthorizationServer(options, {
    store,
    vault,
    privateKeys,
    clock: systemClock,
    random: systemRandom,
    accounts: createAccounts(store.accounts, vault, watching.turnstile(createTurnstile(passwords))),
    pages: pagesOf(configuration),
    events,
    decisions,
    limits: startLimits(configuration.limits),
    outbound: way.outbound,
    elsewhere: way.elsewhere,
  });
  return watching.server(server, log);
}

/** What leads out, to addresses that clients name; and what is sent there when nobody asks. */
interface WayOut {
  readonly outbound: Outbound;
  readonly elsewhere: CountedElsewhere;
  readonly deliveries: Deliveries | undefined;
}

function openWayOut(
  { options, openedNetworks: opened }: Configuration,
  { store, vault, privateKeys }: OpenedStore,
  events: Events,
): WayOut {
  const outbound = createPublicOutbound({ maxRedirects: 0, opened });
  const elsewhere = createElsewhere();
  const { logout, backchannelAuthentication } = resolveOptions(options).features;
  if (!logout && !backchannelAuthentication) return { outbound, elsewhere, deliveries: undefined };
  const ports = { store, vault, privateKeys, clock: systemClock, random: systemRandom, events };
  const tellLogouts = createLogoutTeller(options.issuer, ports);
  return {
    outbound,
    elsewhere,
    deliveries: createDeliveries({ store, clock: systemClock, vault, events, outbound, tellLogouts }),
  };
}

function openAudit(
  { auditRetentionDays: retentionDays }: Configuration,
  opened: OpenedStore,
  log: Log,
): Audit {
  const parts: AuditParts = {
    ...opened,
    retentionDays,
    onFault: (event) => log.events.emit(event),
    onHead: (head) => log.events.emit({ type: 'audit.head', ...head }),
  };
  return createAudit(parts, 'serve');
}

/** Starts everything, or nothing. Throws ConfigError, StoreUnavailableError or the system's error of a taken port. */
export async function startProduct(
  configuration: Configuration,
  place: Place = alone,
): Promise<RunningProduct> {
  await assertSealingKey(configuration, configuration.accounts.entries());
  const bounds = shareBounds(configuration, place.processes);
  const watching = await openWatching(configuration, place.worker);
  const { processes, writer } = place;
  const opened = await openStore(configuration, { observer: watching.store, processes, writer });
  const log = watching.log(createLog(configuration.log, watching.traceIds));
  const audit = openAudit(configuration, opened, log);
  const events = tellBoth(log.events, audit.events);
  const state: LifeState = { isStopping: false, isClosing: false };
  try {
    await log.ready;
    const way = openWayOut(configuration, opened, events);
    const told = { ...opened, store: way.deliveries?.watch(opened.store) ?? opened.store };
    const server = await createServer(configuration, told, log, watching, events, bounds, way);
    await audit.start();
    const http = await startHttp(
      configuration,
      server,
      opened.store,
      log,
      watching,
      bounds,
      place,
      state,
      way,
    );
    const schedule = startTasks(configuration, opened, events, audit, log, way.deliveries);
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
        await way.deliveries?.stop();
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
  { store, vault, privateKeys }: OpenedStore,
  events: Events,
  audit: Audit,
  log: Log,
  deliveries: Deliveries | undefined,
): Schedule {
  const pruneAudit = () => audit.prune();
  const parts = { store, vault, privateKeys, clock: systemClock, events, rotateKeysDays, pruneAudit };
  const tasks = createTasks({ ...parts, ...(deliveries && { deliver: (keep) => deliveries.send(keep) }) });
  const onFault = (task: string, error: unknown) => log.logger.warn({ task, err: error }, 'periodic.failed');
  return startSchedule(tasks, { leases: store.leases, onFault });
}
