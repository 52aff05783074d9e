/** What the supervisor and its workers say to each other. Beside it they share the port, which is node:cluster's business. */
import type { Answers, Call } from '@keywright/store';
import type { Snapshot } from '../metrics/snapshot.ts';
import type { Report } from '../wiring.ts';

export type ToWorker =
  | Start
  /** As `stop` of the product has it. */
  | { readonly type: 'stop'; readonly isReplaced: boolean }
  | { readonly type: 'report'; readonly id: number }
  | { readonly type: 'answers'; readonly answers: Answers }
  /** Whether the batch underway was committed is not known. */
  | { readonly type: 'lost'; readonly reason: string };

export interface Start {
  readonly type: 'start';
  /** Of the configuration file: all are to have the same, whatever stands in it by now. */
  readonly text: string;
  readonly worker: string;
  readonly processes: number;
  /** Whether the supervisor writes to the database for all. */
  readonly isWriting: boolean;
}

export type FromWorker =
  /** It listens for messages. */
  | { readonly type: 'hello' }
  | { readonly type: 'started'; readonly port: number }
  /** In one sentence, or in some for what is a bug. */
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'report'; readonly id: number; readonly report: Report }
  /** The last one, once all is answered. */
  | { readonly type: 'left'; readonly snapshot: Snapshot | undefined }
  /** Acts for the shared writer. Before it is answered no other one comes from this worker. */
  | { readonly type: 'batch'; readonly calls: readonly Call[] };
