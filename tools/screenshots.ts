/**
 * Pictures of the server's pages. `node tools/screenshots.ts` draws the pictures of the
 * documentation into docs/images. With a folder as argument it draws the visible part of each page
 * into that folder, in light and dark, narrow and wide, for a review after a change. Names of pages
 * after the folder select these pages.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { argv, env } from 'node:process';
import { type Browser, chromium } from 'playwright-core';
import {
  accentSheetAt,
  brandedStylesheet,
  createPages,
  stylesheet,
} from '../packages/server/src/pages/pages.ts';
import {
  sampleBrand,
  sampleClientBrand,
} from '../packages/server/src/pages/testing-parts/sample-brand.ts';
import { sampleFormPost } from '../packages/server/src/pages/testing-parts/sample-form-post.ts';
import * as sample from '../packages/server/src/pages/testing-parts/sample-views.ts';

const pages = createPages({
  serviceName: 'Sunrise Buildings',
  stylesheetUrl: stylesheet.path,
  supportUrl: 'https://sunrise.example/help',
  privacyUrl: 'https://sunrise.example/privacy',
  nowSeconds: () => sample.sampleNow,
});

const brandedSheet = brandedStylesheet(sampleBrand.accent);
const branded = createPages({
  serviceName: 'Sunrise Buildings',
  stylesheetUrl: brandedSheet.path,
  termsUrl: 'https://sunrise.example/terms',
  brand: sampleBrand,
  nowSeconds: () => sample.sampleNow,
});

const documents = {
  'sign-in-of-brand': pages.signIn({ ...sample.sampleSignIn, brand: sampleClientBrand }),
  'sign-in-branded': branded.signIn(sample.sampleSignIn),
  'consent-branded': branded.consent(sample.sampleConsent),
  'account-branded': branded.account(sample.sampleAccount),
  'error-branded': branded.error(sample.sampleError),
  'sign-in': pages.signIn(sample.sampleSignIn),
  'sign-in-passkey': sample.asScripted(pages.signIn(sample.sampleSignInPasskey)),
  'sign-in-error': pages.signIn(sample.sampleSignInError),
  'sign-in-work': sample.asScripted(pages.signIn(sample.sampleSignInWork)),
  'sign-in-unverified': pages.signIn(sample.sampleSignInUnverified),
  'sign-in-alone': pages.signIn(sample.sampleSignInAlone),
  consent: pages.consent(sample.sampleConsent),
  'consent-first-party': pages.consent(sample.sampleConsentFirstParty),
  'consent-unverified': pages.consent(sample.sampleConsentUnverified),
  'consent-borrowed-name': pages.consent(sample.sampleConsentBorrowed),
  'consent-details': pages.consent(sample.sampleConsentDetails),
  'consent-one-resource': pages.consent(sample.sampleConsentOneResource),
  'consent-many-resources': pages.consent(sample.sampleConsentManyResources),
  'consent-named': pages.consent(sample.sampleConsentNamed),
  'consent-picks': pages.consent(sample.sampleConsentPicks),
  'consent-one-pick': pages.consent(sample.sampleConsentOnePick),
  'consent-no-picks': pages.consent(sample.sampleConsentNoPicks),
  'consent-hostile-resources': pages.consent(sample.sampleConsentHostileResources),
  'consent-address': pages.consent(sample.sampleConsentAddress),
  account: pages.account(sample.sampleAccount),
  'account-many': pages.account(sample.sampleAccountMany),
  connection: pages.connection(sample.sampleConnection),
  'account-withdrawn': pages.account(sample.sampleAccountWithdrawn),
  'account-revoked': pages.account(sample.sampleAccountRevoked),
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
  'second-factor': pages.secondFactor(sample.sampleSecondFactor),
  'second-factor-error': pages.secondFactor(sample.sampleSecondFactorError),
  'step-up-passkey': pages.stepUp(sample.sampleStepUpPasskey),
  'step-up-added': pages.stepUp(sample.sampleStepUpAdded),
  'step-up-add': pages.stepUp(sample.sampleStepUpAdd),
  'step-up-error': pages.stepUp(sample.sampleStepUpError),
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
  terms: pages.terms(sample.sampleTerms),
  'terms-alone': pages.terms(sample.sampleTermsAlone),
  'account-terms': pages.account(sample.sampleAccountTerms),
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
  'device-done': pages.deviceDone({ name: 'Heatlens', approved: true }),
  'device-declined': pages.deviceDone({ name: 'Heatlens', approved: false }),
  'sign-out': pages.signOut(sample.sampleSignOut),
  'sign-out-asked': pages.signOut(sample.sampleSignOutAsked),
  'signed-out': pages.signedOut({ frames: [] }),
  'signed-out-go-on': pages.signedOut(sample.sampleSignedOut),
  'form-post': pages.formPost(sampleFormPost),
  explanation: pages.explanation(sample.sampleExplanation),
  'explanation-of-choice': pages.explanation(sample.sampleExplanationOfChoice),
  error: pages.error(sample.sampleError),
  'error-of-client': pages.error(sample.sampleErrorOfClient),
  'error-of-address': pages.error(sample.sampleErrorOfAddress),
  'error-of-stranger': pages.error(sample.sampleErrorOfStranger),
} as const;

interface Picture {
  readonly name: keyof typeof documents;
  readonly scheme: 'light' | 'dark';
  readonly width: number;
  /** What is seen without scrolling; undefined: the whole page. */
  readonly height?: number | undefined;
  readonly scale: number;
  readonly path: string;
}

const published: readonly (readonly [Picture['name'], Picture['scheme']])[] = [
  ['consent', 'light'],
  ['consent', 'dark'],
  ['sign-in', 'light'],
  ['account', 'light'],
];

function picturesOfDocumentation(): readonly Picture[] {
  const folder = join(import.meta.dirname, '../docs/images');
  return published.map(([name, scheme]) => ({
    name,
    scheme,
    width: name === 'account' ? 820 : 660,
    scale: 1.4,
    path: join(folder, `${name}-${scheme}.png`),
  }));
}

function picturesOfAll(folder: string): readonly Picture[] {
  const wanted = argv.slice(3);
  const all = Object.keys(documents) as Picture['name'][];
  const names = wanted.length === 0 ? all : all.filter((name) => wanted.includes(name));
  return names.flatMap((name) =>
    (['light', 'dark'] as const).flatMap((scheme) =>
      [
        [390, 844],
        [1280, 800],
      ].map(([width = 0, height]) => ({
        name,
        scheme,
        width,
        height,
        scale: 1,
        path: join(folder, `${name}-${scheme}-${width}.png`),
      })),
    ),
  );
}

function sheetAt(path: string): string {
  const sheet = [stylesheet, brandedSheet].find((one) => one.path === path);
  return sheet?.body ?? accentSheetAt(path) ?? '';
}

async function draw(browser: Browser, picture: Picture): Promise<void> {
  const page = await browser.newPage({
    viewport: { width: picture.width, height: picture.height ?? 640 },
    colorScheme: picture.scheme,
    javaScriptEnabled: false,
    deviceScaleFactor: picture.scale,
  });
  const html = documents[picture.name].replaceAll(
    /<link rel="stylesheet" href="([^"]*)">/g,
    (_, path: string) => `<style>${sheetAt(path)}</style>`,
  );
  await page.setContent(html.replaceAll(' autofocus', ''));
  // In a picture of the whole page, the answers are at the end of the page.
  if (picture.height === undefined) {
    const height = await page.evaluate<number>('document.documentElement.scrollHeight');
    await page.setViewportSize({ width: picture.width, height });
  }
  await page.screenshot({ path: picture.path, fullPage: picture.height === undefined });
  await page.close();
}

const browser = await chromium.launch({
  executablePath: env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
  ],
});
const folder = argv[2];
if (folder !== undefined) mkdirSync(folder, { recursive: true });
for (const picture of folder === undefined ? picturesOfDocumentation() : picturesOfAll(folder)) {
  await draw(browser, picture);
}
await browser.close();
