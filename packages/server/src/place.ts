/** The role of this process in its server. */
import type { StartWriter } from '@keywright/store';

export interface Place {
  /** In the metrics and in the log. */
  readonly worker: string;
  /** The number of processes of one server on this machine, including this one. */
  readonly processes: number;
  /** Another process serves the metrics of all. */
  readonly isSupervised: boolean;
  /** The process that writes to a SQLite file for all. Undefined if each process writes itself. */
  readonly writer: StartWriter | undefined;
}

export const alone: Place = { worker: '1', processes: 1, isSupervised: false, writer: undefined };
