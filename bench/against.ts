/**
 * The hot grants at this checkout and at another revision of it, in turn on one machine: whether
 * they became slower. The other revision is unpacked beside the packages that are installed here,
 * so that both run on the very same ones.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import type { Cast } from './cast.ts';
import { extensionScenarios } from './extensions.ts';
import type { ScenarioFigures } from './figures.ts';
import { measure, type RoundSettings } from './rounds.ts';
import { atLeast, type Scenario, scenarios } from './scenarios.ts';
import { makeFolder } from './sides/keywright.ts';
import { rootFolder } from './sides/process.ts';

/** What is compared unless others are named. */
const hot: readonly string[] = ['client-credentials', 'refresh', 'code-flow'];
/** It may cost two hundredths. */
const least = 0.98;

function git(...args: readonly string[]): Buffer {
  return execFileSync('git', args, { cwd: rootFolder, maxBuffer: 2 ** 30 });
}

/** Its packages alone. Throws what git says when there is no such revision. */
async function unpack(revision: string): Promise<string> {
  const folder = await makeFolder(rootFolder);
  const packed = git('archive', '--format=tar', revision, 'package.json', 'packages');
  execFileSync('tar', ['-x', '-C', folder], { input: packed });
  // Its own packages find one another here; whatever else they need Node finds further up, in this
  // checkout.
  const own = path.join(folder, 'node_modules', '@keywright');
  mkdirSync(own, { recursive: true });
  for (const name of readdirSync(path.join(folder, 'packages')))
    symlinkSync(path.join('..', '..', 'packages', name), path.join(own, name));
  return folder;
}

export interface AgainstFigures {
  /** The commit that was compared with. */
  readonly revision: string;
  readonly scenarios: readonly ScenarioFigures[];
}

export async function measureAgainst(
  revision: string,
  cast: Cast,
  settings: RoundSettings & { readonly only: readonly string[] },
  say: (line: string) => void,
): Promise<AgainstFigures> {
  const commit = git('rev-parse', '--short=12', `${revision}^{commit}`).toString().trim();
  const before = await unpack(commit);
  const figures: ScenarioFigures[] = [];
  const names = settings.only.length === 0 ? hot : settings.only;
  for (const scenario of [...scenarios, ...extensionScenarios].filter(({ name }) =>
    names.includes(name),
  )) {
    const compared: Scenario = {
      ...scenario,
      sides: ['keywright', 'before'],
      targets: [atLeast(least, 'before')],
    };
    figures.push(...(await measure(compared, cast, settings, say, before)));
  }
  return { revision: commit, scenarios: figures };
}
