/**
 * A single-page application with oidc-client-ts, as its author would write it, on its own origin.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

export interface SinglePageApp {
  readonly origin: string;
  close(): void;
}

const library = createRequire(import.meta.url)
  .resolve('oidc-client-ts')
  .replace(/umd.*$/, 'browser/oidc-client-ts.min.js');

/**
 * At `/plain` tokens are bearer tokens, at `/bound` they are bound to a key that never leaves the
 * browser.
 */
export async function startSinglePageApp(port: number, authority: string): Promise<SinglePageApp> {
  const scripts = new Map([
    ['/library.js', readFileSync(library, 'utf8')],
    ['/app.js', `const authority = ${JSON.stringify(authority)};\n${script}`],
  ]);
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://app');
    const found = scripts.get(pathname);
    response.setHeader('content-type', found === undefined ? 'text/html' : 'text/javascript');
    response.end(found ?? html);
  });
  await new Promise<void>((resolve) => server.listen(port, 'localhost', resolve));
  return {
    origin: `http://localhost:${port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8"><link rel="icon" href="data:,">
<title>Drawing board</title>
<p id="state">Loading</p>
<button id="sign-in">Sign in</button>
<button id="sign-out">Sign out</button>
<script src="/library.js"></script>
<script src="/app.js"></script>
`;

const script = `
const { IndexedDbDPoPStore, UserManager, WebStorageStateStore } = oidc;
const home = location.origin + (location.pathname.startsWith('/bound') ? '/bound' : '/plain');
const isBound = home.endsWith('/bound');
const manager = new UserManager({
  authority,
  client_id: 'drawing-board',
  redirect_uri: home,
  silent_redirect_uri: location.origin + '/silent',
  post_logout_redirect_uri: location.origin + '/signed-out',
  scope: 'openid profile email rooms:read',
  resource: 'https://rooms.example/api',
  loadUserInfo: !isBound,
  automaticSilentRenew: false,
  userStore: new WebStorageStateStore({ store: sessionStorage }),
  ...(isBound ? { dpop: { bind_authorization_code: true, store: new IndexedDbDPoPStore() } } : {}),
});

function show(text) {
  document.querySelector('#state').textContent = text;
}

async function start() {
  const answer = new URLSearchParams(location.search);
  if (location.pathname === '/signed-out') {
    const { userState } = await manager.signoutRedirectCallback();
    return show('Signed out: ' + userState);
  }
  if (answer.has('state')) {
    await manager.signinCallback();
    if (location.pathname !== '/silent') history.replaceState(null, '', location.pathname);
  }
  const user = await manager.getUser();
  show(user === null ? 'Nobody' : 'Signed in: ' + user.profile.name);
}

document.querySelector('#sign-in').onclick = () => manager.signinRedirect();
document.querySelector('#sign-out').onclick = () => manager.signoutRedirect({ state: 'bye' });
start().catch((error) => show('Failed: ' + (error.error ?? error.message)));
`;
