import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { secret, useKeywright } from './testing-parts/keywright.ts';

const { run, runProcess, serve, folder, file } = useKeywright();
const config = path.join(folder, 'logging.json');
const elsewhere = mkdtempSync(path.join(tmpdir(), 'keywright-elsewhere-'));
afterAll(() => rmSync(elsewhere, { recursive: true }));

beforeAll(() => {
  const plain = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  writeFileSync(config, JSON.stringify({ ...plain, log: { file: 'server.log' } }));
});

const basic = { authorization: `Basic ${Buffer.from(`declared:${secret}`).toString('base64')}` };
const decision = '0f8fad5b-d9cb-469f-a165-70867728950e';
const event = {
  time: '2026-11-24T10:00:00.000Z',
  reason: 'scope_insufficient',
  status: 403,
  decision,
  method: 'GET',
  path: '/buildings/1',
  clientId: 'declared',
  subject: 'declared',
  scope: 'buildings:write',
  action: 'buildings.rename',
};
const apiLog = path.join(elsewhere, 'api.log');
writeFileSync(apiLog, `started\n${JSON.stringify({ level: 40, event })}\n`);

describe('keywright why', () => {
  test('explains a refusal of the running server: the rule, the caller, the rights of the client, and whether it still holds', async () => {
    const { address } = await serve('--config', config);
    const body = new URLSearchParams({ grant_type: 'authorization_code', code: 's3cret-code' });
    const answer = await fetch(`${address}/token`, { method: 'POST', headers: basic, body });
    const { error_uri } = (await answer.json()) as { error_uri: string };
    const ask = () => run(['why', error_uri, '--config', config]);
    await expect.poll(async () => (await ask()).code, { timeout: 10_000 }).toBe(0);
    const { out } = await ask();
    expect(out).toMatch(/^Refused {5}400 client_not_permitted, POST \/token, at 20\S+Z$/m);
    expect(out).toContain('This client may not use this grant or response type. (RFC 6749 §5.2)');
    expect(out).toMatch(/^Who {9}client declared$/m);
    expect(out).toContain('grant authorization_code');
    expect(out).toContain('the client declared is active');
    expect(out).toContain('no   authorization_code: never for the tier service');
    expect(out).not.toContain('s3cret');
    await run(['clients', 'disable', 'declared', '--config', config]);
    expect((await ask()).out).toContain('the client declared is disabled and refused everywhere');
  });

  test('explains a refusal of an API with its log alone, without a configuration', async () => {
    const { out, err, code } = await run(['why', decision, '--log', apiLog], '', elsewhere);
    expect([err, code]).toEqual(['', 0]);
    expect(
      out,
    ).toBe(`Refused     403 scope_insufficient, GET /buildings/1, at 2026-11-24T10:00:00.000Z
Decision    ${decision} (${apiLog}, line 2)
Rule        The access token does not have the scope that this request needs. (RFC 6750 §3.1)
Who         client declared, on its own account
Needed      scope buildings:write
Action      buildings.rename
What to do  Ask the user for the scope that the challenge names, if you need it.
Now         not read: there is no configuration in this folder
`);
  });

  test('reads a log from standard input, and answers in JSON', async () => {
    const { out } = await runProcess(
      ['why', decision, '--log', '-', '--json'],
      JSON.stringify(event),
      elsewhere,
    );
    expect(JSON.parse(out)).toMatchObject({
      found: true,
      decision,
      status: 403,
      clientId: 'declared',
      path: '/buildings/1',
      rule: { reason: 'scope_insufficient', error: 'insufficient_scope', section: 'RFC 6750 §3.1' },
      log: { file: 'standard input', line: 1 },
    });
  });

  test('does not use our database for a token of another issuer', async () => {
    const log = path.join(elsewhere, 'foreign.log');
    writeFileSync(log, JSON.stringify({ ...event, issuer: 'https://other.example' }));
    const { out } = await run(['why', decision, '--log', log]);
    expect(out).toContain('not read: the token is from another issuer than http://localhost:4000');
  });

  test('lists where it searched when there is no such refusal, and ends with 1', async () => {
    const missing = path.join(elsewhere, 'none.log');
    const looked = await run(
      ['why', 'no-such-decision', '--log', apiLog, '--log', missing],
      '',
      elsewhere,
    );
    expect(looked.code).toBe(1);
    expect(looked.err).toBe(`No refusal no-such-decision was found. Looked in
  ${apiLog}: 2 lines
  ${missing}: cannot be read (ENOENT): the file or folder does not exist
A refusal by an API is in the log of this API. Give it with --log.
`);
    const json = await run(['why', 'no-such-decision', '--log', apiLog, '--json'], '', elsewhere);
    expect([JSON.parse(json.out), json.code]).toEqual([
      { found: false, decision: 'no-such-decision', searched: [{ file: apiLog, lines: 2 }] },
      1,
    ]);
  });

  test('asks for a log where the server has none, and for a decision id where the text is none', async () => {
    expect((await run(['why', decision])).err).toContain('Give the file with --log');
    expect((await run(['why', decision], '', elsewhere)).err).toContain(
      'No configuration was found',
    );
    expect((await run(['why', '../../etc/passwd', '--log', apiLog])).err).toContain(
      'This is not a decision id',
    );
  });

  test('continues with the log when a configuration that it found is invalid, unless a flag named it', async () => {
    const broken = mkdtempSync(path.join(elsewhere, 'broken-'));
    writeFileSync(path.join(broken, 'keywright.json'), '{"isuer": "x"}');
    const tolerant = await run(['why', decision, '--log', apiLog], '', broken);
    expect(tolerant.err).toContain('Only the log is used.');
    expect(tolerant.out).toContain('403 scope_insufficient');
    const strict = await run(
      ['why', decision, '--log', apiLog, '--config', 'keywright.json'],
      '',
      broken,
    );
    expect([strict.code, strict.out]).toEqual([1, '']);
  });
});
