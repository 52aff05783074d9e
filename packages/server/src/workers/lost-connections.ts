/**
 * node:cluster hands each connection to a worker, and waits for its word that it has it. When the worker dies before, Node keeps the
 * connection for ever, and its caller waits for nothing. Here it ends, as all connections of that worker do: the word is said in its place.
 * Should Node's own words change one day, this does nothing.
 */
import type { Worker } from 'node:cluster';

interface ClusterMessage {
  readonly cmd?: unknown;
  readonly act?: unknown;
  readonly seq?: unknown;
  readonly ack?: unknown;
}

/** To be called at once after the worker was forked. */
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
  // After cluster's own listeners, which take the worker out of those that get connections.
  child.once('exit', () => {
    setImmediate(() => {
      for (const ack of handedOver)
        child.emit('internalMessage', { cmd: 'NODE_CLUSTER', ack, accepted: true }, undefined);
    });
  });
}
