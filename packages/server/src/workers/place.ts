/** Which of the processes of a server this one is. */
import type { StartWriter } from '@keywright/store';

export interface Place {
  /** In the metrics and in the log. */
  readonly worker: string;
  /** How many of one server share this machine, this one among them. */
  readonly processes: number;
  /** Another process serves the metrics of all. */
  readonly isSupervised: boolean;
  /** Who writes to a SQLite file for all; undefined where each writes by itself. */
  readonly writer: StartWriter | undefined;
}

export const alone: Place = { worker: '1', processes: 1, isSupervised: false, writer: undefined };
