import type { ConsentView } from '@keywright/core';
import { assert as assertProperty, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createPages, stylesheet } from './pages.ts';
import { sampleClientBrand } from './testing-parts/sample-brand.ts';
import * as sample from './testing-parts/sample-views.ts';

const pages = createPages({
  serviceName: 'Sunrise Buildings',
  stylesheetUrl: stylesheet.path,
  supportUrl: 'https://sunrise.example/help',
  nowSeconds: () => sample.sampleNow,
});

/** One renderer for each page and state, each of which takes a change to every text of its view. */
const states: Readonly<Record<string, (change: (text: string) => string) => string>> = {
  'sign-in': (change) => pages.signIn(changeTexts(sample.sampleSignIn, change)),
  'sign-in after an error': (change) => pages.signIn(changeTexts(sample.sampleSignInError, change)),
  'sign-in of one who came alone': (change) =>
    pages.signIn(changeTexts(sample.sampleSignInAlone, change)),
  'consent for a third party': (change) => pages.consent(changeTexts(sample.sampleConsent, change)),
  'consent for a first party': (change) =>
    pages.consent(changeTexts(sample.sampleConsentFirstParty, change)),
  'consent for one unverified': (change) =>
    pages.consent(changeTexts(sample.sampleConsentUnverified, change)),
  'consent for one whose id is an address': (change) =>
    pages.consent(changeTexts(sample.sampleConsentAddress, change)),
  'consent with details': (change) =>
    pages.consent(changeTexts(sample.sampleConsentDetails, change)),
  'consent with names of resources': (change) =>
    pages.consent(changeTexts(sample.sampleConsentNamed, change)),
  'consent with resources to pick': (change) =>
    pages.consent(changeTexts(sample.sampleConsentPicks, change)),
  'consent with details alone': (change) =>
    pages.consent(changeTexts(sample.sampleConsentOneResource, change)),
  'consent after an error': (change) =>
    pages.consent(changeTexts({ ...sample.sampleConsent, error: 'Again, please.' }, change)),
  account: (change) => pages.account(changeTexts(sample.sampleAccount, change)),
  'account after taking back': (change) =>
    pages.account(changeTexts(sample.sampleAccountRevoked, change)),
  'account after taking back a single thing': (change) =>
    pages.account(changeTexts(sample.sampleAccountWithdrawn, change)),
  'account without connections': (change) =>
    pages.account(changeTexts(sample.sampleAccountEmpty, change)),
  'account with requests': (change) =>
    pages.account(changeTexts(sample.sampleAccountAsked, change)),
  'account after an answer': (change) =>
    pages.account(changeTexts(sample.sampleAccountAnswered, change)),
  'account after the password was changed': (change) =>
    pages.account(changeTexts(sample.sampleAccountPasswordChanged, change)),
  'change of the password': (change) =>
    pages.passwordChange(changeTexts(sample.samplePasswordChange, change)),
  'change of the password after an error': (change) =>
    pages.passwordChange(changeTexts(sample.samplePasswordChangeError, change)),
  'code of a device': (change) => pages.deviceCode(changeTexts(sample.sampleDeviceCode, change)),
  'code of a device after an error': (change) =>
    pages.deviceCode(changeTexts(sample.sampleDeviceCodeError, change)),
  'confirmation of a device': (change) =>
    pages.deviceConfirmation(changeTexts(sample.sampleDeviceConfirmation, change)),
  'confirmation of a device elsewhere': (change) =>
    pages.deviceConfirmation(changeTexts(sample.sampleDeviceConfirmationElsewhere, change)),
  'device done': (change) =>
    pages.deviceDone(changeTexts({ name: 'Heatlens', approved: true }, change)),
  'device declined': (change) =>
    pages.deviceDone(changeTexts({ name: 'Heatlens', approved: false }, change)),
  terms: (change) => pages.terms(changeTexts(sample.sampleTerms, change)),
  'terms alone': (change) => pages.terms(changeTexts(sample.sampleTermsAlone, change)),
  'account with terms': (change) => pages.account(changeTexts(sample.sampleAccountTerms, change)),
  'sign-out': (change) => pages.signOut(changeTexts(sample.sampleSignOut, change)),
  'signed out': (change) =>
    pages.signedOut(
      changeTexts(
        { ...sample.sampleSignedOut, frames: ['https://app.heatlens.example/out'] },
        change,
      ),
    ),
  explanation: (change) => pages.explanation(changeTexts(sample.sampleExplanation, change)),
  'explanation of a choice': (change) =>
    pages.explanation(changeTexts(sample.sampleExplanationOfChoice, change)),
  error: (change) => pages.error(changeTexts(sample.sampleError, change)),
  'error of a client': (change) => pages.error(changeTexts(sample.sampleErrorOfClient, change)),
  'error of a stranger': (change) => pages.error(changeTexts(sample.sampleErrorOfStranger, change)),
};
const stateNames = Object.keys(states);

function render(state: string, change: (text: string) => string = (text) => text): string {
  return states[state]?.(change) ?? '';
}

function changeTexts<T>(view: T, change: (text: string) => string): T {
  const asText = JSON.stringify(view, (key, value: unknown) =>
    typeof value === 'string' && key !== 'trust' ? change(value) : value,
  );
  return JSON.parse(asText) as T;
}

/** Tags with the names of their attributes, in order: what a text must never be able to change. */
function skeletonOf(document: string): readonly string[] {
  const tags = document.match(/<[^>]*>/g) ?? [];
  return tags.map((tag) => tag.replaceAll(/="[^"]*"/g, ''));
}

describe.each(stateNames)('the page %s', (state) => {
  const document = render(state);
  // With a letter in every text, as an empty one may put the cursor elsewhere.
  const skeleton = skeletonOf(render(state, (text) => `${text}x`));

  test('is a whole document with one h1, its landmarks and its metadata', () => {
    expect(document).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(document).toMatch(/<title>[^<]+ · Sunrise Buildings<\/title>/);
    for (const part of ['<h1', '<main>', '<footer>', 'class="masthead"']) {
      expect(document.split(part)).toHaveLength(2);
    }
    expect(document).toContain(
      '<meta name="viewport" content="width=device-width, initial-scale=1">',
    );
    expect(document).toContain('<meta name="referrer" content="no-referrer">');
    expect(document).toContain('<meta name="color-scheme" content="light dark">');
    expect(document).toContain(`<link rel="stylesheet" href="${stylesheet.path}">`);
  });

  test('has no script, no inline style and no repeated id', () => {
    expect(document).not.toMatch(/<script|<style|\sstyle=|\son[a-z]+=|javascript:/i);
    const ids = [...document.matchAll(/\sid="([^"]*)"/g)].map((match) => match[1]);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test.each([
    ['markup', '"><script>alert(1)</script><img src=x onerror=alert(1)>'],
    ['quotes', `" ' \` autofocus onfocus=alert(1) x="`],
    ['entities', '&lt;script&gt; &#x22; &amp;'],
    ['right-to-left text', 'שלום \u202egnp.exe'],
    ['a NUL', '\0<b>\0'],
    ['a template', '${raw("<b>")} {{x}} <!-- ]]>'],
    ['300 characters', 'W'.repeat(300)],
  ])('has the same tags and attributes with %s in each text', (_, hostile) => {
    const changed = render(state, (text) => `${text}x${hostile}`);
    expect(skeletonOf(changed)).toEqual(skeleton);
    // Attributes aside: addresses and hidden fields go back as they came.
    expect(changed.replaceAll(/="[^"]*"/g, '')).not.toMatch(/[\0\u202e]/);
  });

  test('has the same tags and attributes with any text', () => {
    assertProperty(
      property(string({ unit: 'binary' }), (hostile) => {
        expect(skeletonOf(render(state, (text) => `${text}x${hostile}`))).toEqual(skeleton);
      }),
      { numRuns: 50 },
    );
  });
});

describe('the sign-in page', () => {
  test('has the fields that a password manager and a script need', () => {
    const document = render('sign-in');
    expect(document).toMatch(
      /<input id="email" name="email" type="email"[^>]* autocomplete="username"/,
    );
    expect(document).toMatch(
      /<input id="password" name="password" type="password"[^>]* autocomplete="current-password"/,
    );
    expect(document).toMatch(/<button [^>]*id="signin" type="submit">/);
    expect(document).toContain('<input type="hidden" name="request" value="sealed-request">');
    expect(document).toContain('method="post" action="/form"');
    expect(document).not.toContain('novalidate');
  });

  test('says which application asks, if there is one', () => {
    expect(render('sign-in')).toContain('to continue to <strong><bdi class="name">Heatlens</bdi>');
    expect(render('sign-in of one who came alone')).not.toContain('to continue to');
  });

  test('sets the focus on the first field that needs input', () => {
    expect(render('sign-in')).toMatch(/id="email"[^>]* autofocus>/);
    expect(render('sign-in after an error')).toMatch(/id="password"[^>]* autofocus>/);
    expect(render('sign-in after an error')).toContain('value="ada@example.com"');
  });

  test('has the error element only when there is an error', () => {
    expect(render('sign-in after an error')).toMatch(/id="error" role="alert"/);
    expect(render('sign-in after an error')).toContain('<title>Error: Sign in');
    expect(render('sign-in')).not.toMatch(/id="error"|aria-describedby/);
  });
});

describe('the consent page', () => {
  test('has both answers, and Enter alone selects neither', () => {
    const document = render('consent for a third party');
    expect(document).toMatch(/id="allow" name="decision" value="allow" type="submit">Allow</);
    expect(document).toMatch(/id="deny" name="decision" value="deny" type="submit">Cancel</);
    expect(/<button[^>]*>/.exec(document)?.[0]).toContain(
      'formmethod="dialog" tabindex="-1" aria-hidden="true"',
    );
  });

  test('says who asks, for which account, for how long, and where the answer goes', () => {
    const document = render('consent for a third party');
    for (const text of [
      'Nordwind Analytics GmbH',
      'app.heatlens.example',
      'Ada Byron',
      'ada@example.com',
    ]) {
      expect(document).toContain(text);
    }
    expect(document).toContain('It ends after 30 days without use, and after 1 year in any case.');
    expect(document).toContain('href="/switch?request=sealed"');
  });

  test('lets only optional scopes be unticked, and they are ticked at first', () => {
    const document = render('consent for a third party');
    expect(document.match(/type="checkbox"/g)).toHaveLength(1);
    expect(document).toContain(
      '<input type="checkbox" id="scope-buildings:write" name="scope" value="buildings:write" checked>',
    );
  });

  test('shows what was allowed before without a new question', () => {
    const granted: ConsentView = {
      ...sample.sampleConsent,
      groups: [
        { api: 'A', scopes: [{ name: 'a', description: 'Do a', optional: true, granted: true }] },
        { api: 'Empty', scopes: [] },
      ],
    };
    expect(pages.consent(granted)).toContain('Allowed before');
    expect(pages.consent(granted)).not.toMatch(/checkbox|Empty/);
    expect(pages.consent({ ...granted, groups: [] })).toContain('It asks only for your agreement.');
  });

  test('distinguishes first-party, third-party and unverified applications', () => {
    expect(render('consent for a first party')).toContain('class="badge"');
    expect(render('consent for a third party')).toContain(
      'Not made by <bdi>Sunrise Buildings</bdi>',
    );
    const unverified = render('consent for one unverified');
    expect(unverified).toContain('Nobody has checked this application');
    expect(unverified).toContain('says it is by');
    expect(unverified).not.toContain('thermo.example/');
    expect(unverified.indexOf('id="deny"')).toBeLessThan(unverified.indexOf('id="allow"'));
  });

  test.each([
    [undefined, 'For a short time. After that, the application must ask you again.'],
    [
      { idleDays: 30, absoluteDays: 365, signOut: 'ends-it' },
      'Until you sign out here or take it back, even if you close this browser. It ends after 30 days without use, and after 1 year in any case.',
    ],
    [
      { idleDays: 90, absoluteDays: 90, signOut: 'changes-nothing' },
      'Until you take it back, even after you sign out here. It ends after 90 days in any case.',
    ],
    [
      { idleDays: 30, signOut: 'changes-nothing' },
      'Until you take it back, even after you sign out here. It ends after 30 days without use.',
    ],
    [
      { idleDays: 90, absoluteDays: 90, signOut: 'ends-it-if-unticked' },
      'Only until you sign out, if you untick “Keep this access while you are away”. It ends',
    ],
  ] as const)('states the duration for a lifetime of %j', (lifetime, words) => {
    expect(pages.consent({ ...sample.sampleConsent, lifetime })).toContain(words);
  });

  test('says that an unverified application with a name like that of the service is not part of it', () => {
    const words = 'Its name looks as if it were part of <bdi>Sunrise Buildings</bdi>. It is not.';
    expect(pages.consent(sample.sampleConsentBorrowed)).toContain(words);
    expect(pages.consent(sample.sampleConsentUnverified)).not.toContain(words);
    const { client } = sample.sampleConsentBorrowed;
    expect(pages.signIn({ ...sample.sampleSignIn, client })).toContain(words);
    const described = { ...sample.sampleConsentAddress.client, hasBorrowedName: true };
    expect(pages.consent({ ...sample.sampleConsentAddress, client: described })).toContain(words);
  });

  test('separates what can be unticked from what cannot', () => {
    const document = render('consent for a third party');
    const [fixed = '', choices = ''] = document.split('<fieldset class="choices">');
    expect(fixed).toContain('Read the measurements of your buildings');
    expect(fixed).not.toContain('type="checkbox"');
    expect(choices).toContain('Optional: untick it if the application should not get it');
    expect(choices).toContain('Rename your buildings');
  });

  test.each(['javascript:alert(1)', 'data:text/html,x', 'not an address', 'ftp://x.example/'])(
    'makes no link of the home page %j',
    (homepage) => {
      const document = pages.consent({
        ...sample.sampleConsent,
        client: { ...sample.heatlens, homepage },
      });
      expect(document).not.toContain('target="_blank"');
      expect(document).not.toContain(homepage);
    },
  );
});

describe('the explanation page', () => {
  test('for a choice of the user asks for no report, and has no status', () => {
    const document = render('explanation of a choice');
    expect(document).toContain('Its request has no error');
    expect(document).not.toContain('tell its developers');
    expect(document).not.toContain('<dt>Status</dt>');
    expect(render('explanation')).toContain('tell its developers');
    expect(render('explanation')).toContain('<dt>Status</dt><dd>401</dd>');
  });
});

describe('the brand of a client', () => {
  const branded = pages.signIn({ ...sample.sampleSignIn, brand: sampleClientBrand });

  test('names the service beside it, in the heading, the title and the footer of the form', () => {
    expect(branded).toMatch(/<p class="service">.*<bdi>Sunrise Energy<\/bdi>/);
    expect(branded).toContain('id="sign-in-by">Sign-in by <bdi>Sunrise Buildings</bdi>');
    expect(branded).toContain('<title>Sign in · Sunrise Buildings</title>');
    expect(branded).toContain('Your password stays with <bdi>Sunrise Buildings</bdi>.');
  });

  test('has its logo, and its colours by a style sheet after the first one', () => {
    expect(branded).toContain(`src="${sampleClientBrand.logo.url}" alt=""`);
    const sheets = [...branded.matchAll(/<link rel="stylesheet" href="([^"]*)">/g)];
    expect(sheets.map(([, address = '']) => address)).toEqual([
      stylesheet.path,
      expect.stringMatching(/^\/assets\/accent-635bff\.[0-9a-f]{8}\.css$/),
    ]);
  });

  test.each(['#fff;}body{display:none}', 'rebeccapurple', '"><script>', '../../x'])(
    'has no style sheet for the colour %j',
    (accent) => {
      const document = pages.signIn({ ...sample.sampleSignIn, brand: { accent } });
      expect(document.match(/rel="stylesheet"/g)).toHaveLength(1);
      expect(document).not.toContain(accent);
    },
  );

  test('has the initial of its name where it has no logo, and no markup of its name', () => {
    const name = '<img src=x onerror=alert(1)>';
    const document = pages.signIn({ ...sample.sampleSignIn, brand: { name } });
    expect(document).toContain('class="tile');
    expect(document).not.toContain('<img');
  });
});

describe('the error page', () => {
  test('shows a developer the redirect URI of the request, as text only, with invisible characters visible', () => {
    const document = pages.error(sample.sampleError);
    expect(document).toContain(
      'https://app.heatlens.example/callback/\\u{200b}done?from=sunrise</code>',
    );
    expect(document).not.toContain('href="https://app.heatlens');
    const came = { clientId: 'a', redirectUri: `"><script>${'x'.repeat(1000)}` };
    const hostile = pages.error({ ...sample.sampleError, came });
    expect(hostile).not.toContain('<script');
    expect(hostile).toContain('… (1010 characters in all)');
  });

  test('shows a developer the unknown client id, as text only', () => {
    const { came: _, ...view } = sample.sampleError;
    const document = pages.error({ ...view, came: { clientId: '"><b>heat\u200blens' } });
    expect(document).toContain('id="client-id">&quot;&gt;&lt;b&gt;heat\\u{200b}lens</code>');
    expect(document).toContain('For the developer');
    expect(document).not.toContain('redirect_uri</code>');
  });

  test('has links to the start, to support, and to the privacy policy', () => {
    const own = createPages({
      serviceName: 'Sunrise Buildings',
      stylesheetUrl: stylesheet.path,
      supportUrl: 'mailto:help@sunrise.example',
      privacyUrl: 'https://sunrise.example/privacy',
      homeUrl: '/tenant/account',
    });
    for (const document of [own.error(sample.sampleError), own.signedOut({ frames: [] })]) {
      expect(document).toContain('id="home" href="/tenant/account"');
      expect(document).toContain('href="mailto:help@sunrise.example"');
      expect(document).toContain('href="https://sunrise.example/privacy"');
    }
    for (const document of [own.signIn(sample.sampleSignIn), own.consent(sample.sampleConsent)])
      expect(document).toContain('id="support" href="mailto:help@sunrise.example"');
  });
});

describe('the account page', () => {
  test('shows what each application may do, since when, and when it was last used', () => {
    const document = render('account');
    expect(document).toContain('Read the measurements of your buildings');
    expect(document).toContain('<time datetime="2026-10-14T09:30:00Z">14 October 2026</time>');
    expect(document).toContain('<time datetime="2026-11-24T06:30:00Z">3 hours ago</time>');
    expect(document).toContain('rel="next" href="/account?after=grt_2"');
    expect(document).toMatch(/id="logout" type="submit">Sign out</);
  });

  test('has a named button for each application and each single thing', () => {
    const document = render('account');
    const buttons = [...document.matchAll(/<button class="[^"]*revoke"[^>]*>(.*?)<\/button>/g)];
    const names = buttons.map(([, content = '']) => content.replaceAll(/<[^>]*>/g, ''));
    expect(names).toEqual([
      'Take back access of Heatlens',
      'Take back b-101 from Heatlens',
      'Take back b-102 from Heatlens',
      'Take back access of Thermo Buddy',
    ]);
    expect(document).toContain('<input type="hidden" name="grant" value="grt_1">');
  });

  test('says what was withdrawn, and when no application is connected', () => {
    expect(render('account after taking back')).toMatch(/id="revoked" role="status"[^\n]*Heatlens/);
    expect(render('account without connections')).toContain('No application is connected.');
  });
});

describe('the consent page with authorization details', () => {
  const document = render('consent with details');

  test('has a box for each thing that can be left out, in a group with the name of the detail', () => {
    const [, group = ''] = /<fieldset class="detail">(.*?)<\/fieldset>/s.exec(document) ?? [];
    expect(group).toContain('<legend><bdi>Access to single buildings</bdi></legend>');
    const boxes = [
      ...group.matchAll(
        /<label for="(detail-\d)"><input type="checkbox" id="(detail-\d)" name="detail" value="(\d)" checked>/g,
      ),
    ];
    expect(boxes.map(([, label, id, value]) => [label, id, value])).toEqual([
      ['detail-1', 'detail-1', '1'],
      ['detail-2', 'detail-2', '2'],
    ]);
    expect(group).toMatch(/b-101<\/bdi> <span class="tag">Allowed before/);
  });

  test('separates the text of the application from that of the operator', () => {
    expect(document).toContain(
      '<p>It may <bdi class="given">see</bdi>, <bdi class="given">rename</bdi> these, and no other</p>',
    );
    expect(document).toContain(
      '<dt><bdi>Creditor</bdi></dt><dd><bdi class="given">Stadtwerke Musterstadt</bdi></dd>',
    );
  });

  test('does not say that nothing is requested where there are only details', () => {
    const alone = render('consent with details alone');
    expect(alone).not.toContain('It asks only for');
    expect(alone).toContain('Optional: untick it if the application should not get it');
  });

  test('is followed by the account page, which says which thing was withdrawn, and from which application', () => {
    expect(render('account after taking back a single thing')).toMatch(
      /id="withdrawn" role="status"[^\n]*Heatlens[^\n]*b-103/,
    );
  });
});

test('sign-out, signed-out and error pages have their stable ids', () => {
  expect(render('sign-out')).toMatch(/id="logout" type="submit"/);
  expect(render('signed out')).toContain('id="logged-out"');
  expect(render('error')).toMatch(/id="error" role="alert"/);
  expect(render('error')).toContain('dec_4Qm1vS8kT2xW');
  expect(render('error')).toContain('redirect_uri_mismatch');
});

test('the pages at a sign-out name an unverified client as such, also where a link leads to it', () => {
  const words = 'Nobody has checked';
  expect(pages.signOut(sample.sampleSignOutUnverified)).toContain(words);
  expect(pages.signOut(sample.sampleSignOutAsked)).not.toContain(words);
  expect(render('error of a stranger')).toContain(words);
  expect(render('signed out')).not.toContain(words);
  const { goOn } = sample.sampleErrorOfStranger;
  const left = pages.signedOut({ frames: [], ...(goOn && { goOn }) });
  expect(left).toContain(words);
  expect(left).toContain(`<bdi class="host">${goOn?.host}</bdi>`);
});

test('hidden fields are returned unchanged, with their names', () => {
  const document = pages.signOut({
    ...sample.sampleSignOut,
    form: { action: '/a?b="c', fields: { '"><b>': " '&\n" } },
  });
  expect(document).toContain(
    '<input type="hidden" name="&quot;&gt;&lt;b&gt;" value=" &#39;&amp;\n">',
  );
  expect(document).toContain('action="/a?b=&quot;c"');
});

test('a tile has the same colour wherever its name appears', () => {
  const [onConsent, onAccount] = ['consent for a third party', 'account'].map(
    (state) => /tile-\d" aria-hidden="true">H</.exec(render(state))?.[0],
  );
  expect(onConsent).toBeDefined();
  expect(onAccount).toBe(onConsent);
});

test('the address of the style sheet changes with its content', () => {
  expect(stylesheet.path).toMatch(/^\/assets\/keywright-[0-9a-f]{16}\.css$/);
  expect(stylesheet.contentType).toBe('text/css; charset=utf-8');
  expect(stylesheet.body).toContain('--accent');
});
