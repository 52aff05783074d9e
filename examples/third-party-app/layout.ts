export function escapeText(text: string): string {
  const names: Readonly<Record<string, string>> = {
    '&': 'amp',
    '<': 'lt',
    '>': 'gt',
    '"': 'quot',
    "'": '#39',
  };
  return text.replace(/[&<>"']/g, (character) => `&${names[character]};`);
}

/** `body` is markup; `title` is text. */
export function layout(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>${escapeText(title)} · Heatlens</title>
  <link rel="stylesheet" href="/style.css">
  <link rel="icon" href="/icon.svg" type="image/svg+xml">
</head>
<body>
  <header><a class="brand" href="/">${mark}<span>Heatlens</span></a><span class="quiet">by Nordwind Analytics</span></header>
  <main>${body}</main>
  <footer class="quiet">Heatlens is not part of Sunrise Buildings.</footer>
</body>
</html>
`;
}

const rings = `<circle cx="16" cy="16" r="15" fill="#5b1130"/><circle cx="16" cy="16" r="11.5" fill="#a31f34"/>
<circle cx="16" cy="16" r="8" fill="#e2562b"/><circle cx="16" cy="16" r="4.5" fill="#f8a832"/>
<circle cx="16" cy="16" r="1.8" fill="#fff3c4"/>`;

const mark = `<svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">${rings}</svg>`;

export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">${rings}</svg>`;
