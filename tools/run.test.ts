import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { root } from './source-files.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'keywright-run-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Resolves with the address that it prints. */
async function untilServing({ stdout }: ChildProcess): Promise<string> {
  let out = '';
  for await (const chunk of stdout ?? []) {
    out += String(chunk);
    const address = / on (http:\S+)\n/.exec(out)?.[1];
    if (address !== undefined) return address;
  }
  throw new Error(out);
}

it('`npm run keywright -- serve` ends its server when npm is ended', async () => {
  const config = path.join(folder, 'keywright.yaml');
  writeFileSync(
    config,
    'issuer: http://localhost:4000\nlisten: { port: 0 }\nsealing_key_file: sealing.key\nlog: { level: silent }\n',
  );
  const npm = spawn('npm', ['run', 'keywright', '--', 'serve', '--config', config], { cwd: root });
  const address = await untilServing(npm);
  expect((await fetch(`${address}/health/live`)).status).toBe(200);
  npm.kill('SIGTERM');
  await once(npm, 'exit');
  await expect
    .poll(
      () =>
        fetch(`${address}/health/live`).then(
          ({ status }) => status,
          () => 'gone',
        ),
      { timeout: 20_000 },
    )
    .toBe('gone');
}, 60_000);
