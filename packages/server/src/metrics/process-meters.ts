/** The process itself, with the metric names that Prometheus uses, so that its dashboards work. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Registry, Sample } from './registry.ts';

/** Only Linux provides this value. On other systems the metric is absent. */
function countOpenFiles(): readonly Sample[] {
  try {
    return [[readdirSync('/proc/self/fd').length]];
  } catch {
    return [];
  }
}

function readMostFiles(): readonly Sample[] {
  try {
    const most = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return most === undefined ? [] : [[Number(most)]];
  } catch {
    return [];
  }
}

export function createProcessMeters(registry: Registry, version: string): void {
  const gauge = (name: string, help: string, read: () => readonly Sample[]) =>
    registry.read(name, help, { type: 'gauge', across: 'each', read });
  const startedAt = Date.now() / 1000 - process.uptime();

  registry.read('process_cpu_seconds_total', 'Processor time in user and system mode.', {
    type: 'counter',
    across: 'sum',
    read: () => {
      const { user, system } = process.cpuUsage();
      return [[(user + system) / 1e6]];
    },
  });
  gauge('process_resident_memory_bytes', 'Memory that is in use.', () => [
    [process.memoryUsage.rss()],
  ]);
  gauge('process_start_time_seconds', 'The time at which the process started, since 1970.', () => [
    [startedAt],
  ]);
  gauge('process_open_fds', 'Open files and connections.', countOpenFiles);
  gauge('process_max_fds', 'The largest number of open files.', readMostFiles);
  gauge('keywright_heap_used_bytes', 'JavaScript memory that is in use.', () => [
    [process.memoryUsage().heapUsed],
  ]);
  gauge(
    'keywright_external_memory_bytes',
    'Memory outside of the heap: buffers, and memory for password checks.',
    () => [[process.memoryUsage().external]],
  );
  gauge(
    'keywright_active_resources',
    'Timers, sockets and requests that keep the event loop running.',
    () => [[process.getActiveResourcesInfo().length]],
  );
  registry.read('keywright_build_info', 'Always 1. Its labels say which version runs.', {
    type: 'gauge',
    across: 'newest',
    labels: { version: [version], node: [process.versions.node] },
    read: () => [[1, version, process.versions.node]],
  });
}
