/**
 * The device flow (RFC 8628), both halves: the device asks, its owner opens the link that it shows,
 * sends whatever forms come and follows whatever redirects, and the device gets its tokens. It does
 * not poll before: how often one polls says nothing of a server.
 */
import { post } from '../requests.ts';
import type { DeviceFlow, WorkOf } from '../work.ts';
import type { Answer } from './connection.ts';
import { submit } from './form.ts';
import {
  type Actor,
  createRing,
  expectIn,
  expectStatus,
  readLocation,
  readMember,
} from './part.ts';

/** More pages than any side has. */
const mostPages = 10;

function pathOf(address: string): string {
  return address.startsWith('/') ? address : address.replace(/^https?:\/\/[^/]+/, '');
}

export function createDeviceFlow(
  { doneHas }: WorkOf<'device-flow'>,
  flows: readonly DeviceFlow[],
): Actor {
  const next = createRing(flows);
  let flow = next();
  let step: 'asking' | 'answering' | 'redeeming' = 'asking';
  let deviceCode = '';
  let pages = 0;

  const visit = (address: string) => `GET ${pathOf(address)} HTTP/1.1\r\n${flow.browser}\r\n`;

  function ask(answer: Answer): string {
    expectStatus(answer, 200);
    const body = answer.body();
    deviceCode = readMember(body, 'device_code');
    step = 'answering';
    pages = 0;
    return visit(readMember(body, 'verification_uri_complete'));
  }

  function browse(answer: Answer): string {
    pages += 1;
    if (pages > mostPages) throw new Error(`no end of pages: ${answer.body().slice(0, 200)}`);
    if (answer.status !== 200) return visit(readLocation(answer));
    if (answer.has(doneHas)) {
      step = 'redeeming';
      return post(flow.redeem.head, flow.redeem.form + deviceCode);
    }
    const submission = submit(answer.body());
    if (submission === undefined) throw new Error(`no form in ${answer.body()}`);
    const head = `POST ${pathOf(submission.action)} HTTP/1.1\r\n${flow.browser}Content-Type: application/x-www-form-urlencoded\r\n`;
    return post(head, submission.body);
  }

  return {
    begin() {
      flow = next();
      step = 'asking';
      return flow.ask;
    },
    follow(answer) {
      if (step === 'asking') return ask(answer);
      if (step === 'answering') return browse(answer);
      expectStatus(answer, 200);
      expectIn(answer, '"access_token"', '"id_token"', '"refresh_token"');
      return undefined;
    },
  };
}
