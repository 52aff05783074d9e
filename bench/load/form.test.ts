import { expect, test } from 'vitest';
import { submit } from './form.ts';

test('the load generator sends hidden fields, ticked and typed ones, and the button that allows', () => {
  const html = `<main><form class="stack" method="post" action="/device/confirm?a=1&amp;b=2">
    <input type="hidden" name="csrf" value="a+b/c="><input type="text" id="user-code" name="user_code" value="WXYZ-BCDF">
    <button class="enter-guard" type="submit" formmethod="dialog"></button>
    <button class="button primary" id="allow" name="decision" value="allow" type="submit">Allow</button>
    <button class="button secondary" id="deny" name="decision" value="deny" type="submit">Cancel</button></form></main>`;
  expect(submit(html)).toEqual({
    action: '/device/confirm?a=1&b=2',
    body: 'csrf=a%2Bb%2Fc%3D&user_code=WXYZ-BCDF&decision=allow',
  });
});

test('the load generator sends a form without answers as it is, and stops at a page without a form', () => {
  const html = `<form method="post" action="http://127.0.0.1/device">
    <input type="hidden" name="xsrf" value="0f"/>
<input type="hidden" name="confirm" value="yes"/></form>`;
  expect(submit(html)).toEqual({ action: 'http://127.0.0.1/device', body: 'xsrf=0f&confirm=yes' });
  expect(submit('<h1>Done</h1>')).toBeUndefined();
});
