/** An engine that reports each act and read. Without an observer, none of this code runs. */
import type { Act } from './act.ts';
import { reads, writtenActs } from './acts/index.ts';
import type { Engine } from './engine.ts';
import type { Written } from './operation.ts';

/** What an engine is doing now. */
export type EngineState =
  | { readonly engine: 'SQLite'; readonly waiting: number; readonly underway: number }
  | { readonly engine: 'PostgreSQL'; readonly shared: PoolState; readonly single: PoolState };

export interface PoolState {
  readonly busy: number;
  readonly idle: number;
  /** Acts and reads that wait for a connection. */
  readonly waiting: number;
}

/** Called at the end, with the error if there was one. */
export type OperationEnd = (error?: unknown) => void;

/** Is called about acts and reads. None of its methods may throw. */
export interface StoreObserver {
  /** An act or read begins. `name` is one of `operationNames`, or `other`. */
  begin?(name: string): OperationEnd;
  /** SQLite: so many acts were sent as one batch. */
  batch?(acts: number): void;
  /** PostgreSQL: the database undid an act, and the engine repeats it. */
  repeated?(): void;
  /** So many rows of this table were pruned. */
  pruned?(table: string, rows: number): void;
  /** Called once, at the start: a function that returns the state of the engine. */
  opened?(state: () => EngineState): void;
}

/** The names of all acts and reads, as metrics and traces show them. */
export const operationNames: readonly string[] = [...writtenActs.keys(), ...reads.keys()];

export function observeEngine(engine: Engine, observer: StoreObserver): Engine {
  /** Answers the same promise, so that its caller waits no longer. */
  const watch = <T>(name: string, start: () => Promise<T>): Promise<T> => {
    const end = observer.begin?.(name);
    const running = start();
    if (end !== undefined) running.then(() => end(), end);
    return running;
  };
  return {
    act: <A extends readonly unknown[], T>(written: Written<A, T>, ...args: A): Promise<T> => {
      const { name } = written;
      const running = watch(name, () => engine.act(written, ...args));
      if (name === 'pruneTable' && observer.pruned !== undefined)
        running.then(
          (rows) => observer.pruned?.(args[0] as string, rows as number),
          () => {},
        );
      return running;
    },
    read: <T>(act: Act<T>, name = 'other'): Promise<T> => watch(name, () => engine.read(act)),
    isFrozen: engine.isFrozen,
    close: engine.close,
  };
}
