/**
 * The pages in a real browser: axe, the content policy they are made for, small screens, and the
 * keyboard. The long series lets axe look at each page in each width and colour; `npm test` in one
 * of them, and in another one for the next page.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { env } from 'node:process';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isTried } from '../../../jwt/src/testing-parts/series.ts';
import { accentSheetAt, brandedStylesheet, createPages, stylesheet } from './pages.ts';
import { sampleBrand, sampleClientBrand } from './testing-parts/sample-brand.ts';
import { sampleFormPost } from './testing-parts/sample-form-post.ts';
import * as sample from './testing-parts/sample-views.ts';

const origin = 'http://pages.test';
const policy =
  "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
const axeSource = readFileSync(
  createRequire(import.meta.url).resolve('axe-core/axe.min.js'),
  'utf8',
);

const pages = createPages({
  serviceName: 'Sunrise Buildings',
  stylesheetUrl: stylesheet.path,
  supportUrl: 'https://sunrise.example/help',
  privacyUrl: 'https://sunrise.example/privacy',
  nowSeconds: () => sample.sampleNow,
});

const brandedSheet = brandedStylesheet(sampleBrand.accent);
const brandedPages = createPages({
  serviceName: 'Sunrise Buildings',
  stylesheetUrl: brandedSheet.path,
  termsUrl: 'https://sunrise.example/terms',
  brand: sampleBrand,
  nowSeconds: () => sample.sampleNow,
});

const hostileName = `"><script>${'Wolkenkratzerüberwachung'.repeat(12)}`;
const hostile = {
  client: {
    ...sample.heatlens,
    name: hostileName,
    publisher: hostileName,
    returnHost: `${'a'.repeat(240)}.example`,
  },
  account: { name: hostileName, email: `${'e'.repeat(240)}@example.com` },
};

const longUri = `https://${'a'.repeat(150)}.example/${'callback'.repeat(15)}`;

const documents: Readonly<Record<string, string>> = {
  'sign-in': pages.signIn(sample.sampleSignIn),
  'sign-in-passkey': sample.asScripted(pages.signIn(sample.sampleSignInPasskey)),
  'sign-in-error': pages.signIn(sample.sampleSignInError),
  'sign-in-work': sample.asScripted(pages.signIn(sample.sampleSignInWork)),
  'sign-in-unverified': pages.signIn(sample.sampleSignInUnverified),
  consent: pages.consent(sample.sampleConsent),
  'consent-first-party': pages.consent(sample.sampleConsentFirstParty),
  'consent-unverified': pages.consent(sample.sampleConsentUnverified),
  'consent-borrowed-name': pages.consent(sample.sampleConsentBorrowed),
  'consent-address': pages.consent(sample.sampleConsentAddress),
  'consent-details': pages.consent(sample.sampleConsentDetails),
  'consent-named': pages.consent(sample.sampleConsentNamed),
  'consent-picks': pages.consent(sample.sampleConsentPicks),
  'consent-one-pick': pages.consent(sample.sampleConsentOnePick),
  'consent-no-picks': pages.consent(sample.sampleConsentNoPicks),
  'consent-one-resource': pages.consent(sample.sampleConsentOneResource),
  'consent-many-resources': pages.consent(sample.sampleConsentManyResources),
  'consent-hostile-resources': pages.consent({
    ...sample.sampleConsentHostileResources,
    ...hostile,
  }),
  'consent-error': pages.consent({
    ...sample.sampleConsent,
    error: 'This page was answered before.',
  }),
  'consent-hostile': pages.consent({ ...sample.sampleConsent, ...hostile }),
  account: pages.account(sample.sampleAccount),
  'account-many': pages.account(sample.sampleAccountMany),
  connection: pages.connection(sample.sampleConnection),
  'account-withdrawn': pages.account(sample.sampleAccountWithdrawn),
  'account-revoked': pages.account(sample.sampleAccountRevoked),
  'account-last-revoked': pages.account({ ...sample.sampleAccountRevoked, connections: [] }),
  'account-undone': pages.account(sample.sampleAccountUndone),
  'account-too-late': pages.account(sample.sampleAccountTooLate),
  'account-empty': pages.account(sample.sampleAccountEmpty),
  'account-asked': pages.account(sample.sampleAccountAsked),
  'account-answered': pages.account(sample.sampleAccountAnswered),
  'account-password-changed': pages.account(sample.sampleAccountPasswordChanged),
  security: sample.asScripted(pages.security(sample.sampleSecurity)),
  'security-empty': pages.security(sample.sampleSecurityEmpty),
  'security-error': sample.asScripted(pages.security(sample.sampleSecurityError)),
  'passkey-removal': pages.passkeyRemoval(sample.samplePasskeyRemoval),
  'passkey-removal-last': pages.passkeyRemoval(sample.samplePasskeyRemovalLast),
  'password-change': pages.passwordChange(sample.samplePasswordChange),
  'password-change-error': pages.passwordChange(sample.samplePasswordChangeError),
  'second-factor-hostile': pages.secondFactor({ ...sample.sampleSecondFactor, ...hostile }),
  'second-factor': pages.secondFactor(sample.sampleSecondFactor),
  'second-factor-error': pages.secondFactor(sample.sampleSecondFactorError),
  'step-up-passkey': sample.asScripted(pages.stepUp(sample.sampleStepUpPasskey)),
  'step-up-added': sample.asScripted(pages.stepUp(sample.sampleStepUpAdded)),
  'step-up-add': sample.asScripted(pages.stepUp(sample.sampleStepUpAdd)),
  'step-up-error': sample.asScripted(pages.stepUp(sample.sampleStepUpError)),
  'totp-enrolment': pages.totpEnrolment(sample.sampleTotpEnrolment),
  'totp-enrolment-error': pages.totpEnrolment(sample.sampleTotpEnrolmentError),
  'recovery-codes': pages.recoveryCodes(sample.sampleRecoveryCodes),
  'security-totp': pages.security(sample.sampleSecurityTotp),
  'security-without-totp': pages.security(sample.sampleSecurityWithoutTotp),
  recovery: pages.recovery(sample.sampleRecovery),
  'recovery-error': pages.recovery(sample.sampleRecoveryError),
  code: pages.code(sample.sampleCode),
  'code-error': pages.code(sample.sampleCodeError),
  'code-elsewhere': pages.code(sample.sampleCodeElsewhere),
  'new-password': pages.newPassword(sample.sampleNewPassword),
  'new-password-error': pages.newPassword(sample.sampleNewPasswordError),
  'sign-up': pages.signUp(sample.sampleSignUp),
  'sign-up-error': pages.signUp(sample.sampleSignUpError),
  'sign-up-invited': pages.signUp(sample.sampleSignUpInvited),
  'sign-up-closed': pages.signUp(sample.sampleSignUpClosed),
  'code-of-sign-up': pages.code(sample.sampleCodeOfSignUp),
  joining: pages.joining(sample.sampleJoining),
  'joining-error': pages.joining(sample.sampleJoiningError),
  'account-email-changed': pages.account(sample.sampleAccountEmailChanged),
  'email-change': pages.emailChange(sample.sampleEmailChange),
  'email-change-error': pages.emailChange(sample.sampleEmailChangeError),
  'email-undo': pages.emailUndo(sample.sampleEmailUndo),
  'email-undone': pages.emailUndo(sample.sampleEmailUndone),
  'email-undo-late': pages.emailUndo(sample.sampleEmailUndoLate),
  'device-code': pages.deviceCode(sample.sampleDeviceCode),
  'device-code-of-link': pages.deviceCode(sample.sampleDeviceCodeOfLink),
  'device-code-error': pages.deviceCode(sample.sampleDeviceCodeError),
  'device-confirmation': pages.deviceConfirmation(sample.sampleDeviceConfirmation),
  'device-confirmation-elsewhere': pages.deviceConfirmation(
    sample.sampleDeviceConfirmationElsewhere,
  ),
  'device-confirmation-hostile': pages.deviceConfirmation({
    ...sample.sampleDeviceConfirmation,
    ...hostile,
  }),
  'device-done': pages.deviceDone({ name: 'Heatlens', approved: true }),
  'device-declined': pages.deviceDone({ name: hostileName, approved: false }),
  'account-hostile': pages.account({ ...sample.sampleAccount, ...hostile, revoked: hostileName }),
  'security-hostile': sample.asScripted(
    pages.security({
      ...sample.sampleSecurity,
      ...hostile,
      passkeyAdded: hostileName,
      passkeys: {
        most: 20,
        items: (sample.sampleSecurity.passkeys?.items ?? []).map((one) => ({
          ...one,
          name: hostileName,
        })),
      },
    }),
  ),
  'password-change-hostile': pages.passwordChange({ ...sample.samplePasswordChange, ...hostile }),
  'email-undo-hostile': pages.emailUndo({
    ...sample.sampleEmailUndo,
    email: hostile.account.email,
  }),
  'joining-hostile': pages.joining({
    ...sample.sampleJoining,
    email: hostile.account.email,
    name: hostileName,
  }),
  'code-hostile': pages.code({ ...sample.sampleCode, email: hostile.account.email }),
  terms: pages.terms(sample.sampleTerms),
  'terms-alone': pages.terms(sample.sampleTermsAlone),
  'terms-hostile': pages.terms({ ...sample.sampleTerms, ...hostile }),
  'account-terms': pages.account(sample.sampleAccountTerms),
  'sign-out': pages.signOut(sample.sampleSignOut),
  'sign-out-asked': pages.signOut(sample.sampleSignOutAsked),
  'sign-out-unverified': pages.signOut(sample.sampleSignOutUnverified),
  'signed-out': pages.signedOut({ frames: [] }),
  'signed-out-go-on': pages.signedOut(sample.sampleSignedOut),
  // Without its script, or it would be gone before it is looked at.
  'form-post': pages.formPost({ ...sampleFormPost, script: '' }),
  explanation: pages.explanation(sample.sampleExplanation),
  'explanation of a choice': pages.explanation(sample.sampleExplanationOfChoice),
  error: pages.error(sample.sampleError),
  'error of a client': pages.error(sample.sampleErrorOfClient),
  'error-hostile': pages.error({
    ...sample.sampleErrorOfStranger,
    text: longUri,
    came: { clientId: longUri, redirectUri: longUri },
  }),
  'error-hostile-client': pages.error({
    ...sample.sampleErrorOfClient,
    came: { clientId: longUri },
  }),
  'error of an address': pages.error(sample.sampleErrorOfAddress),
  'error-of-stranger': pages.error(sample.sampleErrorOfStranger),
  'sign-in-of-brand': pages.signIn({ ...sample.sampleSignInError, brand: sampleClientBrand }),
  'joining-of-brand': pages.joining({
    ...sample.sampleJoining,
    brand: { name: hostileName, accent: '#fafafa' },
  }),
  'sign-in-branded': brandedPages.signIn(sample.sampleSignInError),
  'consent-branded': brandedPages.consent(sample.sampleConsentUnverified),
  'account-branded': brandedPages.account(sample.sampleAccountRevoked),
};
const names = Object.keys(documents);

let browser: Browser;
let page: Page;
beforeAll(async () => {
  browser = await chromium.launch({
    executablePath: env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--headless',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  page = await browser.newPage({ reducedMotion: 'reduce' });
  page.on('console', (message) => opened.complaints.push(message.text()));
  await page.route('**/*', async (route) => {
    const request = route.request();
    if (request.method() === 'POST') opened.posts.push(request.postData() ?? '');
    const { name, headers } = opened;
    await route.fulfill({
      headers,
      ...answerTo(request.method(), new URL(request.url()).pathname, name),
    });
  });
});
afterAll(async () => {
  await browser.close();
});

interface Opened {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Bodies of the forms that were sent. */
  readonly posts: string[];
  /** What the browser complained about. */
  readonly complaints: string[];
}

let opened: Opened;

/** In the one window that there is, as it is at first. */
async function open(name: string, headers = {}): Promise<Opened> {
  opened = { name, headers, posts: [], complaints: [] };
  await page.setViewportSize({ width: 320, height: 640 });
  await page.emulateMedia({ colorScheme: null });
  await page.goto(`${origin}/${name}`);
  return opened;
}

/** Every form is answered with the signed-out page: its arrival shows that the form was sent. */
function answerTo(
  method: string,
  path: string,
  name: string,
): { body: string; contentType: string } {
  const sheet = [stylesheet, brandedSheet].find((one) => one.path === path);
  if (sheet !== undefined) return { body: sheet.body, contentType: sheet.contentType };
  const computed = accentSheetAt(path);
  if (computed !== undefined) return { body: computed, contentType: 'text/css; charset=utf-8' };
  const document = method === 'POST' ? pages.signedOut({ frames: [] }) : documents[name];
  return { body: document ?? '', contentType: 'text/html; charset=utf-8' };
}

const axeRun = `axe.run(document, { rules: { 'target-size': { enabled: true } } }).then(
  ({ violations, incomplete }) =>
    [...violations, ...incomplete].map(({ id, nodes }) => ({ id, at: nodes.map((node) => node.html) })))`;

const looks = [320, 1280].flatMap((width) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ width, colorScheme })),
);

describe.each(names)('the page %s', (name) => {
  test('has no fault for axe and fits into the window, in light and dark, narrow and wide', async () => {
    await open(name);
    await page.evaluate(axeSource);
    for (const width of [320, 1280]) {
      await page.setViewportSize({ width, height: 720 });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(
        width,
      );
      // As high as the page: where the answers lie over a text, nobody can measure its contrast.
      const height = await page.evaluate<number>('document.documentElement.scrollHeight');
      await page.setViewportSize({ width, height });
      for (const look of looks) {
        if (look.width !== width || !isTried(names.indexOf(name), look, looks)) continue;
        await page.emulateMedia({ colorScheme: look.colorScheme });
        expect(await page.evaluate(axeRun)).toEqual([]);
      }
    }
  });

  test('works under its content security policy, and each control shows its focus and is large enough for a finger', async () => {
    const { complaints } = await open(name, { 'content-security-policy': policy });
    expect(complaints).toEqual([]);
    // What is folded away has no height.
    await page.evaluate(`for (const one of document.querySelectorAll('details')) one.open = true`);
    const controls = await page.evaluate<{ html: string; outline: string; height: number }[]>(
      `[...document.querySelectorAll('a[href], input:not([type=hidden], [hidden]), button:not([tabindex])')].map((control) => {
        control.focus({ focusVisible: true });
        const target = control.matches('.button, .field > input') ? control : control.closest('.choice > label');
        return {
          html: control.outerHTML,
          outline: getComputedStyle(control).outlineStyle,
          height: target?.getBoundingClientRect().height ?? 44,
        };
      })`,
    );
    // The policy let the style sheet through: without it the ring would be the browser's own,
    // "auto".
    expect(controls.filter(({ outline }) => outline !== 'solid')).toEqual([]);
    expect(controls.filter(({ height }) => height < 44)).toEqual([]);
  });
});

const asking = [
  'consent',
  'consent-unverified',
  'consent-borrowed-name',
  'device-confirmation',
] as const;

test.each(asking)(
  'both answers of %s are visible without scrolling, on a phone and on a small laptop',
  async (name) => {
    await open(name, { 'content-security-policy': policy });
    for (const [width, height] of [
      [390, 844],
      [1280, 800],
    ] as const) {
      await page.setViewportSize({ width, height });
      // What is drawn in the middle of each button is the button.
      expect(
        await page.evaluate(`['allow', 'deny'].map((id) => {
      const { x, y, width, height } = document.getElementById(id).getBoundingClientRect();
      return document.elementFromPoint(x + width / 2, y + height / 2)?.id;
    })`),
      ).toEqual(['allow', 'deny']);
    }
  },
);

test.each(asking)(
  'the focused element of %s is never hidden behind the answers (WCAG 2.2, 2.4.11)',
  async (name) => {
    await open(name);
    await page.setViewportSize({ width: 390, height: 844 });
    const reached = [];
    for (let count = 0; count < 6; count++) {
      await page.keyboard.press('Tab');
      reached.push(
        await page.evaluate(`(() => {
      const { x, y, width, height } = document.activeElement.getBoundingClientRect();
      const seen = document.elementFromPoint(x + width / 2, y + height / 2);
      return document.activeElement === document.body || document.activeElement.contains(seen) || seen?.contains(document.activeElement);
    })()`),
      );
    }
    expect(reached).toEqual(reached.map(() => true));
  },
);

test('a notice has the same distance from the heading with and without a text between them', async () => {
  for (const name of ['account-revoked', 'account-last-revoked']) {
    await open(name);
    const gap = `(() => {
      const notice = document.getElementById('revoked');
      return notice.getBoundingClientRect().top - notice.previousElementSibling.getBoundingClientRect().bottom;
    })()`;
    expect([name, await page.evaluate(gap)]).toEqual([name, 20]);
  }
});

test('Enter on a tick box of the consent page neither allows nor denies', async () => {
  const { posts } = await open('consent', { 'content-security-policy': policy });
  await page.focus('[id="scope-buildings:write"]');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Space');
  await page.click('#allow');
  await page.waitForSelector('#logged-out');
  expect(posts).toEqual(['request=sealed-request&csrf=token&decision=allow']);
});

test('a ticked scope is sent with the answer, and cancel is an answer', async () => {
  const { posts } = await open('consent');
  await page.click('#deny');
  await page.waitForSelector('#logged-out');
  expect(posts).toEqual([
    'request=sealed-request&csrf=token&scope=buildings%3Awrite&decision=deny',
  ]);
});

test('with the keyboard alone a user can leave a single thing out, and Enter on its box sends nothing', async () => {
  const { posts } = await open('consent-one-resource', { 'content-security-policy': policy });
  await page.focus('#detail-0');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Space');
  await page.focus('#allow');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#logged-out');
  expect(posts).toEqual(['request=sealed-request&csrf=token&decision=allow']);
});

test('the numbers of the things that stay ticked are sent', async () => {
  const { posts } = await open('consent-details');
  await page.uncheck('#detail-1');
  await page.click('#allow');
  await page.waitForSelector('#logged-out');
  expect(posts).toEqual([
    'request=sealed-request&csrf=token&scope=buildings%3Awrite&detail=2&decision=allow',
  ]);
});

test('with the keyboard alone a user can sign in, and the first field has the cursor', async () => {
  const { posts } = await open('sign-in');
  await page.waitForSelector('#email:focus');
  await page.keyboard.type('ada@example.com');
  await page.keyboard.press('Tab');
  await page.keyboard.type('correct horse');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#logged-out');
  expect(posts).toEqual([
    'request=sealed-request&csrf=token&email=ada%40example.com&password=correct+horse',
  ]);
});
