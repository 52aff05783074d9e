import type { Mail } from '@keywright/core';
import { describe, expect, it } from 'vitest';
import { browserOf } from '../pages/browser.ts';
import { renderMail } from './message.ts';

const settings = {
  serviceName: 'Sunrise Buildings',
  issuer: 'https://login.example',
  supportUrl: 'https://help.example',
};
const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

function make(content: Mail['content'], over: Partial<Mail> = {}): Mail {
  return { to: 'ada@example.com', name: 'Ada Byron', content, at: 1_800_000_000, ...over };
}

const newBrowser = make({ kind: 'new_browser', network: '198.51.100.7', userAgent: firefox });

describe('the text of a mail', () => {
  it('contains when, with which browser and from which network a user signed in, and what to do', () => {
    const { subject, text } = renderMail(newBrowser, settings);
    expect(subject).toBe('New sign-in to Sunrise Buildings');
    expect(text).toBe(`Hello Ada Byron,

Your Sunrise Buildings account was signed in to with a browser that was not used before.

  When: 15 January 2027 at 08:00 UTC
  Browser: Firefox on Linux
  Network: 198.51.100.7

If this was you, you need not do anything.

If this was not you, change your password now. This ends every other sign-in.

Change your password:
https://login.example/account/password

-- 
Sunrise Buildings
https://help.example
`);
  });

  it.each([
    ['user', 'The password of your Sunrise Buildings account was changed.'],
    ['operator', 'An administrator set a new password for your Sunrise Buildings account.'],
  ] as const)('says that the password was changed, by the %s', (by, sentence) => {
    const { text } = renderMail(make({ kind: 'password_changed', by }), settings);
    expect(text).toContain(sentence);
    expect(text).toContain('https://help.example');
  });

  it('has no support link where none is configured', () => {
    const mail = make({ kind: 'password_changed', by: 'user' });
    const { text, html } = renderMail(mail, { ...settings, supportUrl: undefined });
    expect(text).toContain('Contact the support of Sunrise Buildings now.');
    expect([text.includes('http'), html.includes('href')]).toEqual([false, false]);
  });

  it('is the same as text and as HTML, and loads no remote content', () => {
    const { html } = renderMail(newBrowser, settings);
    for (const sentence of ['Hello Ada Byron,', 'Firefox on Linux', '198.51.100.7'])
      expect(html).toContain(sentence);
    expect(html).not.toMatch(/<img|<link|<script|url\(|src=/);
  });

  it('shows a name and a browser with markup as plain text', () => {
    const evil = '<img src=x onerror=alert(1)>';
    const content = { kind: 'new_browser', network: evil, userAgent: evil } as const;
    const { html } = renderMail(make(content, { name: evil }), settings);
    expect(html).not.toContain('<img');
    expect(html).toContain('&lt;img');
  });

  it('keeps a name with line breaks on one line', () => {
    const { text, subject } = renderMail(make(newBrowser.content, { name: 'Ada\r\nBcc: x@y' }), {
      ...settings,
      serviceName: 'Sunrise\r\nBcc: x@y',
    });
    expect(text).toContain('Hello Ada Bcc: x@y,\n');
    expect(subject).toBe('New sign-in to Sunrise Bcc: x@y');
  });
});

describe('the description of a browser', () => {
  it.each([
    'your phone. This was a test, do nothing: https://evil.example/x /1 ',
    'Your account has moved. Call +1 555 0100/1 (Windows NT 10.0)',
    '<b>Nothing to do</b>/1 ',
  ])('is never the words of whoever signed in: %s', (userAgent) => {
    expect(browserOf(userAgent)).toBe('an unknown browser');
  });

  it.each([
    [firefox, 'Firefox on Linux'],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
      'Safari on iOS',
    ],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
      'Chrome on Windows',
    ],
    ['', 'an unknown browser'],
    ['<script>', 'an unknown browser'],
  ])('is correct for: %s', (userAgent, words) => {
    expect(browserOf(userAgent)).toBe(words);
  });
});

describe('the brand in a mail', () => {
  const branded = {
    ...settings,
    supportUrl: 'mailto:help@sunrise.example',
    brand: {
      accent: { light: '#ffd400' },
      logo: {
        url: 'https://login.example/assets/picture-1.png',
        type: 'image/png',
        width: 96,
        height: 24,
      },
    },
  } as const;

  it('is the logo, the colour with text that can be read on it, and the contact', () => {
    const { html, text } = renderMail(newBrowser, branded);
    expect(html).toContain(
      '<img src="https://login.example/assets/picture-1.png" alt="" width="128" height="32"',
    );
    expect(html).toMatch(/background:#ffd400;border:1px solid #[0-9a-f]{6};color:#000000/);
    expect(html).toContain('href="mailto:help@sunrise.example"');
    expect(text.endsWith('-- \nSunrise Buildings\nhelp@sunrise.example\n')).toBe(true);
  });

  it('is the only thing that a mail loads', () => {
    const { html } = renderMail(newBrowser, branded);
    expect(html.match(/<img|<link|<script|url\(|src=|srcset=/g)).toEqual(['<img', 'src=']);
  });
});
