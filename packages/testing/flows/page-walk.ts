/** Moves from page to page: sends the form of a page, and follows the redirect of an answer. */
import { type Answer, type Browser, readForm } from '../src/index.ts';

/** Sends the form of a page, with the typed values. */
export function send(
  page: Answer,
  typed: Readonly<Record<string, string>>,
  from: Browser,
): Promise<Answer> {
  const { action } = page.json['form'] as { readonly action: string };
  return from.post(action, { ...readForm(page), ...typed });
}

/** Follows the redirect of the answer. */
export function follow(answer: Answer, from: Browser): Promise<Answer> {
  return from.get(answer.location.href);
}
