/**
 * node:cluster gives each connection to a worker and waits for its confirmation. If the worker dies
 * before that, Node keeps the connection for ever, and its caller waits without an end. This module
 * sends the confirmation instead, so that the connection ends like all others of that worker. If
 * Node's messages change, this does nothing.
 */
import type { Worker } from 'node:cluster';

interface ClusterMessage {
  readonly cmd?: unknown;
  readonly act?: unknown;
  readonly seq?: unknown;
  readonly ack?: unknown;
}

/** Call this at once after the worker was forked. */
export function endLostConnections({ process: child }: Pick<Worker, 'process'>): void {
  const handedOver = new Set<unknown>();
  const send = child.send.bind(child);
  const sendObserved = (...args: Parameters<typeof send>): boolean => {
    const message = args[0] as unknown as ClusterMessage;
    if (message.cmd === 'NODE_CLUSTER' && message.act === 'newconn') handedOver.add(message.seq);
    return send(...args);
  };
  child.send = sendObserved as typeof child.send;
  child.on('internalMessage', ({ ack }: ClusterMessage) => void handedOver.delete(ack));
  // After the listeners of cluster, which remove the worker from those that get connections.
  child.once('exit', () => {
    setImmediate(() => {
      for (const ack of handedOver)
        child.emit('internalMessage', { cmd: 'NODE_CLUSTER', ack, accepted: true }, undefined);
    });
  });
}
