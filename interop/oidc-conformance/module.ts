import type { Run, Variant } from './run.ts';

/** A module of the suite, as far as it is about the server. */
export interface Module {
  /** What it demands, in a line. */
  readonly demands: string;
  /** As the suite has it: of some variants a module is no part. */
  readonly isFor?: (variant: Variant) => boolean;
  play(run: Run): Promise<void>;
}

export type Modules = Readonly<Record<string, Module>>;

export const withCode = ({ responseType }: Variant) => responseType.includes('code');
export const isDynamic = ({ registration }: Variant) => registration === 'dynamic';
