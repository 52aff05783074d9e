/**
 * Libraries in Go, as their own documentation shows their use, against `keywright
 * serve`. Each test of `go/` is one here.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  buildMilliseconds,
  type Elsewhere,
  openElsewhere,
  readNames,
  runProgram,
} from './clients-elsewhere.ts';

const isAskedFor = process.env['TESTS_GO'] === 'required';
if (!isAskedFor)
  process.stderr.write(
    'What signs in by libraries in Go is left out: they come from the network. TESTS_GO=required asks for it (Go 1.26).\n',
  );

const names = readNames('go', /^func (Test\w+)\(t \*testing\.T\)/gm);

describe.skipIf(!isAskedFor)('a client in Go', () => {
  let setting: Elsewhere | undefined;
  let output = '';

  beforeAll(async () => {
    setting = await openElsewhere();
    output = await runProgram('go', ['test', '-count=1', '-v', '.'], 'go', setting.told);
  }, buildMilliseconds);
  afterAll(() => setting?.stop());

  it.each(names)('works: %s', (name) => {
    const [, said = output] = output.split(`=== RUN   ${name}\n`);
    const own = said.split('=== RUN')[0] ?? '';
    expect(own.includes(`--- PASS: ${name} `), own).toBe(true);
  });
});
