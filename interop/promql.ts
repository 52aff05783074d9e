/**
 * Finds values in a PromQL expression that a server does not expose. A panel without data would
 * look like a normal day.
 */
import type { Exposition } from './exposition.ts';

const selector = /\b((?:keywright|process)_\w+|up)\b(?:\{([^}]*)\})?/g;
const matcher = /(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g;
const grouping = /\b(?:by|without|on|ignoring)\s*\(([^)]*)\)/g;
/** What Prometheus adds, and what a dashboard is asked for. */
const added: ReadonlySet<string> = new Set(['job', 'instance', 'le']);
/**
 * Of three labels a series comes to be with its first request: a quiet server has answered with no
 * 500 yet.
 */
const valuesOnDemand: ReadonlySet<string> = new Set(['status']);

/** Names, labels and values that are not there, each in words. `up` is Prometheus' own. */
export function uncheckedUses(
  expression: string,
  { families, samples }: Exposition,
): readonly string[] {
  const used = [...expression.matchAll(selector)];
  if (used.length === 0) return ['it asks for no metric'];
  // Another engine's, or one that comes to be later: its labels cannot be known here.
  const isAbsent = used.every(([, name]) => samples.every((sample) => sample.name !== name));
  const known = used.flatMap(([, name = '']) => labelsOf(name));
  const grouped = [...expression.matchAll(grouping)].flatMap(([, labels = '']) =>
    labels.split(/[\s,]+/),
  );
  return [
    ...used.flatMap(([, name = '', matchers = '']) => findFaults(name, matchers)),
    ...grouped

      .filter((label) => !isAbsent && label !== '' && !added.has(label) && !known.includes(label))
      .map((label) => `no label ${label}`),
  ];

  function labelsOf(name: string): readonly string[] {
    return samples
      .filter((sample) => sample.name === name)
      .flatMap(({ labels }) => Object.keys(labels));
  }

  function isThere(name: string): boolean {
    return (
      name === 'up' ||
      families.has(name) ||
      families.has(name.replace(/_(?:bucket|sum|count)$/, ''))
    );
  }

  function findFaults(name: string, matchers: string): readonly string[] {
    if (!isThere(name)) return [`no metric ${name}`];
    const own = samples.filter((sample) => sample.name === name);
    return [...matchers.matchAll(matcher)].flatMap(([, label = '', operator, text = '']) => {
      if (added.has(label) || valuesOnDemand.has(label)) return [];
      const pattern = operator?.endsWith('~') === true ? text.split('|') : [text];
      return pattern
        .map((part) => part.replaceAll('[.]', '.'))
        .filter((part) => own.every(({ labels }) => labels[label] !== part))
        .map((part) => `no ${name} with ${label}="${part}"`);
    });
  }
}
