import { describe, expect, it } from 'vitest';
import { fillForm, findForm, findText } from './html-form.ts';

const html = `<form method="post" action="/first"><input type="hidden" name="a" value="1"><button id="one">One</button></form>
<form method="post" action='/second?x=1&amp;y=2'>
<input type="hidden" name="csrf" value="&quot;&#38;&#x3c;">
<input id="email" name="email" value="old" required>
<input type="checkbox" id="scope-b:read" name="scope" value="b:read" checked>
<input type="checkbox" id="scope-m:read" name="scope" value="m:read" checked>
<input type="checkbox" name="scope" value="never">
<button type="submit" disabled hidden></button>
<button id="allow" name="decision" value="allow">Allow</button><button id="deny" name="decision" value="deny">Cancel</button>
</form><p id="error">No &amp; <b>never</b></p>`;

describe('a form in an HTML page', () => {
  it('is found by a control, with its entities decoded', () => {
    expect(findForm(html, 'deny').action).toBe('/second?x=1&y=2');
    expect(() => findForm(html, 'nothing')).toThrow('no form with #nothing');
  });

  it('is sent as by a browser: hidden fields, ticked ones, and the pressed button', () => {
    const body = fillForm(findForm(html, 'allow'), 'allow', {
      values: { email: 'a@b.c' },
      untick: ['scope-m:read'],
    });
    expect([...body]).toEqual([
      ['csrf', '"&<'],
      ['email', 'a@b.c'],
      ['scope', 'b:read'],
      ['decision', 'allow'],
    ]);
  });

  it('cannot be filled in if it does not have the control', () => {
    expect(() => fillForm(findForm(html, 'one'), 'one', { values: { email: 'x' } })).toThrow(
      'no #email',
    );
  });

  it('is separate from texts, which are found by id', () => {
    expect(findText(html, 'error')).toBe('No & never');
    expect(findText(html, 'none')).toBeUndefined();
  });
});
