import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { configuration, useKeywright } from './testing-parts/keywright.ts';

const { folder, run, write } = useKeywright();

describe('keywright accounts import', () => {
  const config = () => write('import.json', configuration);
  const commands = (args: readonly string[], stdin?: string) =>
    run(['accounts', ...args, '--config', config()], stdin);
  const lines = (text: string) => {
    const file = path.join(folder, 'accounts.ndjson');
    writeFileSync(file, text);
    return file;
  };

  test('adds the accounts of a file, lists faults by line, and fails after that', async () => {
    const file = lines('{"email":"ada@example.com","name":"Ada"}\n{"email":"joan"}\n');
    const checked = await commands(['import', file, '--check']);
    expect(checked.out).toBe('1 accounts can be added. Nothing was stored.\n');
    const { out, err, code } = await commands(['import', file]);
    expect(out).toBe(
      '1 accounts were added. 0 have an account already and were left as they are.\n',
    );
    expect(err).toContain('line 2: email must be an e-mail address: name@domain\n');
    expect(err).toContain('1 lines have faults and were left out.');
    expect(code).toBe(1);
    expect((await commands(['list'])).out).toContain('ada@example.com');
  });

  test('reads standard input, and can be repeated', async () => {
    const text = '{"email":"grace@example.com"}\n';
    expect((await commands(['import', '-'], text)).out).toContain('1 accounts were added.');
    const again = await commands(['import', '-'], text);
    expect([again.out, again.code]).toEqual([
      '0 accounts were added. 1 have an account already and were left as they are.\n',
      0,
    ]);
  });

  test('says that there is no such file', async () => {
    const { err, code } = await commands(['import', path.join(folder, 'none.ndjson')]);
    expect(err).toContain('cannot be read');
    expect(code).toBe(1);
  });
});
