/**
 * Crates in Rust, as their own documentation shows their use, against `keywright
 * serve`. Each test of `rust/` is one here.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  buildMilliseconds,
  type Elsewhere,
  openElsewhere,
  readNames,
  runProgram,
} from './clients-elsewhere.ts';

const isAskedFor = process.env['TESTS_RUST'] === 'required';
if (!isAskedFor)
  process.stderr.write(
    'What signs in by crates in Rust is left out: they come from the network. TESTS_RUST=required asks for it (Rust 1.95).\n',
  );

const names = readNames('rust/src', /^#\[test\]\nfn (\w+)\(/gm);

describe.skipIf(!isAskedFor)('a client in Rust', () => {
  let setting: Elsewhere | undefined;
  let output = '';

  beforeAll(async () => {
    setting = await openElsewhere();
    output = await runProgram('cargo', ['test', '--locked', '--lib'], 'rust', setting.told);
  }, buildMilliseconds);
  afterAll(() => setting?.stop());

  it.each(names)('works: %s', (name) => {
    // cargo tells of a failure at the end, all of them together.
    expect(output.includes(`::${name} ... ok`), output).toBe(true);
  });
});
