/**
 * One of several processes of a server. It starts when its supervisor says so, and ends when the
 * supervisor says so or has died. In that case it ends at once (node:cluster ends a worker that has
 * lost its channel), because the result of its last writes is unknown.
 */
import type { StartWriter, WriterEvents } from '@keywright/store';
import type { Configuration } from '../configuration/configuration.ts';
import { type RunningProduct, startProduct } from '../wiring.ts';
import type { FromWorker, Start, ToWorker } from './messages.ts';

export interface WorkerParts {
  readonly load: (text: string) => Promise<Configuration>;
  readonly describeFailure: (error: unknown) => string;
  /** Called when it serves. */
  readonly onStarted: () => void;
}

function tell(message: FromWorker): void {
  process.send?.(message);
}

/** Resolves when the message was sent, or cannot be sent. */
function tellLast(message: FromWorker): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined) resolve();
    else process.send(message, () => resolve());
  });
}

export function runWorker({ load, describeFailure, onStarted }: WorkerParts): void {
  let writing: WriterEvents | undefined;
  let product: RunningProduct | undefined;
  let ending: boolean | undefined;

  const sendToWriter: StartWriter = (_, events) => {
    writing = events;
    return { send: (calls) => tell({ type: 'batch', calls }), close: async () => undefined };
  };

  const fail = async (error: unknown): Promise<void> => {
    await tellLast({ type: 'failed', message: describeFailure(error) });
    process.exit(1);
  };

  const start = async ({ text, worker, processes, isWriting }: Start): Promise<void> => {
    const writer = isWriting ? sendToWriter : undefined;
    product = await startProduct(await load(text), {
      worker,
      processes,
      isSupervised: true,
      writer,
    });
    tell({ type: 'started', port: product.port });
    onStarted();
    if (ending !== undefined) await leave(product, ending);
  };

  const leave = async (running: RunningProduct, isReplaced: boolean): Promise<void> => {
    await running.stop(isReplaced);
    const { snapshot } = await running.report();
    await tellLast({ type: 'left', snapshot });
    process.exit(0);
  };

  /** Only the first call counts. During a start, the stop waits for the end of the start. */
  const stop = (isReplaced: boolean): void => {
    if (ending !== undefined) return;
    ending = isReplaced;
    if (product !== undefined) leave(product, isReplaced).catch(fail);
  };

  process.on('message', (message: ToWorker) => {
    if (message.type === 'answers') writing?.onAnswers(message.answers);
    else if (message.type === 'lost') writing?.onLost(message.reason);
    else if (message.type === 'start') start(message).catch(fail);
    else if (message.type === 'stop') stop(message.isReplaced);
    else {
      const { id } = message;
      product?.report().then(
        (report) => tell({ type: 'report', id, report }),
        () => undefined,
      );
    }
  });
  process.on('SIGTERM', () => stop(false));
  // Ctrl-C in a terminal, or closing it, signals all processes of the group. The supervisor decides
  // what happens.
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
  tell({ type: 'hello' });
}
