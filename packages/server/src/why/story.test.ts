import { refusals } from '@keywright/wire';
import { describe, expect, it } from 'vitest';
import type { RefusalEntry } from './log-entry.ts';
import { renderStory, ruleOf, toJson } from './story.ts';

const decision = '0f8fad5b-d9cb-469f-a165-70867728950e';
const entry = (more: Partial<RefusalEntry>): RefusalEntry => {
  return {
    reason: 'token_expired',
    status: 401,
    at: undefined,
    fields: {},
    cause: undefined,
    file: 'a.log',
    line: 1,
    ...more,
  };
};
const tell = (more: Partial<RefusalEntry>) => {
  const told = entry(more);
  return {
    decision,
    entry: told,
    rule: ruleOf(told),
    state: undefined,
    withoutState: undefined,
    client: [],
  };
};

describe('the explanation of a refusal', () => {
  it.each(Object.keys(refusals) as (keyof typeof refusals)[])(
    'names the rule, section and solution of %s',
    (reason) => {
      const text = renderStory(tell({ reason, status: undefined }));
      expect(text).toContain(`${refusals[reason].status} ${reason}`);
      expect(text).toContain(`${refusals[reason].text} (${refusals[reason].section})`);
      expect(text).toMatch(/^What to do {2}\S/m);
    },
  );

  it('contains no control character of a terminal, and no text that looks like a token or a key', () => {
    const token = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl';
    const key = `kwk_live_${'a'.repeat(16)}_${'b'.repeat(49)}`;
    const hostile = `\u001b[2J\u009b31m\r\n\u202e${token} ${key} ${'x'.repeat(5000)}`;
    const told = tell({
      fields: { path: hostile, note: hostile, clientId: hostile },
      cause: hostile,
    });
    for (const text of [renderStory(told), JSON.stringify(toJson(told))]) {
      expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u);
      expect(text).not.toContain('eyJ');
      expect(text).not.toContain('bbbb');
      expect(text.length).toBeLessThan(4000);
    }
  });

  it.each(['aud is "https://a.example", not "https://b.example"', 'missing: buildings:write'])(
    'names what was wrong, as the API recorded it: %s',
    (note) => {
      expect(renderStory(tell({ fields: { note } }))).toMatch(/^In detail +/m);
      expect(renderStory(tell({ fields: { note } }))).toContain(note);
    },
  );

  it('distinguishes a service from a user', () => {
    expect(renderStory(tell({ fields: { clientId: 'a', subject: 'a' } }))).toContain(
      'client a, on its own account',
    );
    expect(renderStory(tell({ fields: { clientId: 'a', subject: 'usr_1' } }))).toContain(
      'client a, user usr_1',
    );
  });
});
