/**
 * Forms of a page, as far as a script needs them: found by the id of a control, filled in, and
 * sent.
 */

export interface Form {
  readonly action: string;
  readonly method: string;
  readonly controls: readonly Control[];
}

export interface Control {
  readonly id: string | undefined;
  readonly name: string | undefined;
  readonly value: string;
  readonly type: string;
  readonly checked: boolean;
  readonly disabled: boolean;
}

type Attributes = Readonly<Record<string, string>>;

/** The form that holds the control. Throws, with the start of the page, when there is none. */
export function findForm(html: string, controlId: string): Form {
  const form = readForms(html).find(({ controls }) => controls.some(({ id }) => id === controlId));
  if (form === undefined)
    throw new Error(`no form with #${controlId} in: ${readText(html).slice(0, 300)}`);
  return form;
}

export function readForms(html: string): readonly Form[] {
  return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)].map(
    ([, tag = '', body = '']) => {
      const { action = '', method = 'get' } = readAttributes(tag);
      return { action, method: method.toUpperCase(), controls: readControls(body) };
    },
  );
}

export interface Filling {
  /** Values by control id. */
  readonly values?: Readonly<Record<string, string>>;
  /** Ids of tick boxes to untick. */
  readonly untick?: readonly string[];
}

/**
 * The data that a browser would send for this button. Throws if a control to fill in is missing.
 */
export function fillForm(form: Form, buttonId: string, filling: Filling = {}): URLSearchParams {
  const known = new Set(form.controls.map(({ id }) => id));
  for (const id of [...Object.keys(filling.values ?? {}), ...(filling.untick ?? [])])
    if (!known.has(id)) throw new Error(`the form has no #${id}`);
  const body = new URLSearchParams();
  for (const control of form.controls) {
    if (control.name === undefined || control.disabled || !isSent(control, buttonId, filling))
      continue;
    body.append(control.name, filling.values?.[control.id ?? ''] ?? control.value);
  }
  return body;
}

function isSent(control: Control, buttonId: string, filling: Filling): boolean {
  if (control.type === 'submit') return control.id === buttonId;
  if (control.type === 'checkbox')
    return control.checked && !filling.untick?.includes(control.id ?? '');
  return true;
}

function readControls(html: string): readonly Control[] {
  return [...html.matchAll(/<(input|button)\b([^>]*)>/gi)].map(([, element = '', tag = '']) => {
    const attributes = readAttributes(tag);
    const type = attributes['type'] ?? (element.toLowerCase() === 'button' ? 'submit' : 'text');
    return {
      id: attributes['id'],
      name: attributes['name'],
      value: attributes['value'] ?? (type === 'checkbox' ? 'on' : ''),
      type,
      checked: 'checked' in attributes,
      disabled: 'disabled' in attributes,
    };
  });
}

function readAttributes(tag: string): Attributes {
  const found: Record<string, string> = {};
  for (const [, name = '', quoted, single, bare] of tag.matchAll(
    /([a-z-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/gi,
  ))
    found[name.toLowerCase()] = decode(quoted ?? single ?? bare ?? '');
  return found;
}

/** The text of the element with this id, or undefined when the page has none. */
export function findText(html: string, id: string): string | undefined {
  const match = new RegExp(`<([a-z0-9]+)\\b[^>]*\\bid="${id}"[^>]*>([\\s\\S]*?)</\\1>`, 'i').exec(
    html,
  );
  return match?.[2] === undefined ? undefined : readText(match[2]);
}

/** The first value of an attribute with this name, in any element. */
export function findAttribute(html: string, name: string): string | undefined {
  const value = new RegExp(`\\s${name}="([^"]*)"`).exec(html)?.[1];
  return value === undefined ? undefined : decode(value);
}

export function readText(html: string): string {
  const bare = html.replace(/<(style|script)\b[\s\S]*?<\/\1>/gi, '').replace(/<[^>]*>/g, ' ');
  return decode(bare).replace(/\s+/g, ' ').trim();
}

function decode(text: string): string {
  const names: Readonly<Record<string, string>> = {
    amp: '&',
    lt: '<',
    gt: '>',
    quot: '"',
    apos: "'",
  };
  return text.replace(/&(?:#x([0-9a-f]+)|#([0-9]+)|([a-z]+));/gi, (whole, hex, decimal, name) => {
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    return names[name] ?? whole;
  });
}
