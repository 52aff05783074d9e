/**
 * `keywright seal rotate`: seals everything in the database again with the current sealing key,
 * while servers run.
 */
import { keptInFile, resealAll, type Resealing, retireMacKeys } from '@keywright/core';
import { createVault } from '@keywright/jwt';
import { loadSealingKeys } from '../configuration/sealing-key.ts';
import { resealKeyFiles } from '../key-files.ts';
import { type CommandContext, type GlobalOptions, withStore } from './context.ts';
import { CommandError, print, renderTable } from './output.ts';

export interface SealOptions {
  readonly json?: boolean;
}

interface Done {
  readonly place: string;
  readonly resealed: number;
  readonly left: number;
}

/** Rejects with CommandError while anything is sealed with another key. */
export function rotateSeals({ json = false }: SealOptions, global: GlobalOptions): Promise<void> {
  return withStore(global, async (context) => {
    const { store, configuration, now, events } = context;
    const { current, others } = loadSealingKeys(configuration);
    const vault = createVault(current);
    const keys: Resealing = { current: vault, any: createVault(current, others), now };
    // First, because nobody could create them after the former key is gone.
    for (const former of others) await retireMacKeys({ store, vault, now }, former);
    const done = [...(await resealAll(store, keys)), ...(await resealFiles(context, keys))];
    const left = sum(done, 'left');
    events.emit({ type: 'sealing_key.replaced', resealed: sum(done, 'resealed'), left });
    print(json ? JSON.stringify(done, undefined, 2) : render(done));
    if (left > 0) throw new CommandError(leftOver(others.length > 0, left));
    if (!json) print(finished(others.length > 0));
  });
}

/**
 * Last, as in the store: without the former key, no server starts before everything else is done.
 */
async function resealFiles(
  { store, configuration }: CommandContext,
  keys: Resealing,
): Promise<readonly Done[]> {
  const { folder } = configuration.keys;
  if (folder === undefined) return [];
  const stored = await store.keys.list();
  const kids = stored
    .filter(({ sealedPrivateKey }) => sealedPrivateKey === keptInFile)
    .map(({ kid }) => kid);
  return [{ place: 'files of keys.folder', ...resealKeyFiles(folder, kids, keys) }];
}

function sum(done: readonly Done[], member: 'resealed' | 'left'): number {
  return done.reduce((total, one) => total + one[member], 0);
}

function render(done: readonly Done[]): string {
  return renderTable(
    ['PLACE', 'RESEALED', 'LEFT'],
    done.map(({ place, resealed, left }) => [place, String(resealed), String(left)]),
  );
}

function leftOver(hasOther: boolean, left: number): string {
  const why = hasOther
    ? 'Does a node still seal with the former key? A refresh by an earlier version can be sealed again one hour later'
    : 'Give the key that sealed it as other_sealing_key';
  return `${left} ${left === 1 ? 'row is' : 'rows are'} not sealed with the current key. Keep the former key, and run this again. ${why}.`;
}

function finished(hasOther: boolean): string {
  return hasOther
    ? 'Everything in the database is sealed with the current key. Wait until open pages have been answered (interaction_seconds). Then remove other_sealing_key.'
    : 'Everything in the database is sealed with the current key.';
}
