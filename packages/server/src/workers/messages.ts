/** The messages between the supervisor and its workers. node:cluster shares the port. */
import type { Answers, Call } from '@keywright/store';
import type { Snapshot } from '../metrics/snapshot.ts';
import type { Report } from '../wiring.ts';

export type ToWorker =
  | Start
  /** The parameters of the product's `stop`. */
  | { readonly type: 'stop'; readonly isReplaced: boolean }
  | { readonly type: 'report'; readonly id: number }
  | { readonly type: 'answers'; readonly answers: Answers }
  /** Whether the running batch was committed is not known. */
  | { readonly type: 'lost'; readonly reason: string };

export interface Start {
  readonly type: 'start';
  /**
   * The text of the configuration file. All workers get the same text, even if the file has
   * changed.
   */
  readonly text: string;
  readonly worker: string;
  readonly processes: number;
  /** Whether the supervisor writes to the database for all. */
  readonly isWriting: boolean;
}

export type FromWorker =
  /** The worker can receive messages. */
  | { readonly type: 'hello' }
  | { readonly type: 'started'; readonly port: number }
  /** One sentence, or several for a bug. */
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'report'; readonly id: number; readonly report: Report }
  /** The last message, after all requests are answered. */
  | { readonly type: 'left'; readonly snapshot: Snapshot | undefined }
  /** Acts for the shared writer. The worker sends the next ones only after the answer. */
  | { readonly type: 'batch'; readonly calls: readonly Call[] };
