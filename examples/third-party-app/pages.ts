/** Heatlens' own pages: plain HTML, no scripts, every value escaped. */
import { drawCourse, street } from './drawings.ts';
import { escapeText, layout } from './layout.ts';
import { measurementsRefused, type Notice } from './notices.ts';
import type { BuildingReading, Measurement, Readings } from './platform.ts';

export function renderWelcome(notice?: Notice): string {
  return layout(
    'See where the heat goes',
    `${notice ? renderNotice(notice) : ''}
    <section class="hero">
      <div>
        <h1>See where the heat goes</h1>
        <p>Heatlens reads the temperatures of your buildings and shows which of them run hot.
          Your readings stay with Sunrise Buildings; you choose what we may see.</p>
        <p><a class="button" id="connect" href="/connect">Connect with Sunrise Buildings</a></p>
        <p class="quiet">You sign in at Sunrise Buildings. We never see your password.</p>
      </div>
      ${street}
    </section>`,
  );
}

/** Nothing but the notice, and a way back. */
export function renderAlone({ title, text }: Notice): string {
  return layout(
    title,
    `<section class="alone"><h1>${escapeText(title)}</h1><p>${escapeText(text)}</p>
      <p><a class="button second" href="/">Back to Heatlens</a></p></section>`,
  );
}

export function renderReadings(name: string, readings: Readings): string {
  const notice = readings.measurementsRefused ? renderNotice(measurementsRefused) : '';
  return layout(
    'Your buildings',
    `${notice}
    <div class="bar"><h1>Your buildings</h1>${renderActions(name)}</div>
    ${readings.buildings.length === 0 ? '<p id="buildings">There is no building in your account yet.</p>' : renderTable(readings)}`,
  );
}

/** Signed in, but there is nothing to show: not allowed, or the platform did not answer. */
export function renderTrouble(name: string, notice: Notice): string {
  return layout(
    notice.title,
    `${renderNotice(notice)}
    <div class="bar"><h1>Your buildings</h1>${renderActions(name)}</div>`,
  );
}

function renderNotice(notice: Notice): string {
  const again = notice.askAgain
    ? '<p><a class="button second" id="ask-again" href="/connect?ask=again">Ask me again</a></p>'
    : '';
  return `<div class="notice" id="notice" role="status">
      <p><strong>${escapeText(notice.title)}</strong></p><p>${escapeText(notice.text)}</p>${again}
    </div>`;
}

function renderActions(name: string): string {
  return `<div class="actions">
      <span class="quiet">Signed in as <strong id="person">${escapeText(name)}</strong></span>
      <form method="post" action="/refresh"><button class="second" id="refresh">Refresh data</button></form>
      <form method="post" action="/disconnect"><button class="second" id="disconnect">Sign out</button></form>
    </div>`;
}

function renderTable({ buildings, measurementsRefused: refused }: Readings): string {
  const columns = refused
    ? '<th scope="col">City</th>'
    : '<th scope="col">Temperature</th><th scope="col" class="extra">Latest readings</th>';
  const rows = buildings.map((building) =>
    refused ? renderBuildingRow(building) : renderRow(building),
  );
  return `<div class="table" role="region" aria-label="Your buildings" tabindex="0"><table id="buildings">
      <thead><tr><th scope="col">Building</th>${columns}</tr></thead>
      <tbody>${rows.join('')}</tbody>
    </table></div>${refused ? '' : legend}`;
}

/** What is left when the measurements may not be seen. */
function renderBuildingRow({ name, city }: BuildingReading): string {
  return `<tr><th scope="row">${escapeText(name)}</th><td>${escapeText(city)}</td></tr>`;
}

function renderRow({ name, city, measurements }: BuildingReading): string {
  const temperatures = measurements
    .filter(({ kind }) => kind === 'temperature')
    .slice(0, shownReadings);
  const [latest] = temperatures;
  return `<tr><th scope="row">${escapeText(name)} <span class="below">${escapeText(city)}</span></th>
    ${latest ? renderLatest(latest) + renderCourse(temperatures) : noMeasurement}</tr>`;
}

const noMeasurement = '<td class="quiet">No measurement yet</td><td class="extra"></td>';
/** How many the little curve has. */
const shownReadings = 30;

function renderLatest(latest: Measurement): string {
  return `<td><span class="heat heat-${heatStep(latest)}">${renderValue(latest)}</span>
    <span class="below">${renderTime(latest)}</span></td>`;
}

/** Newest first, as they come; the curve runs the other way. */
function renderCourse(newestFirst: readonly Measurement[]): string {
  const byValue = newestFirst.toSorted((a, b) => a.value - b.value);
  const [lowest, highest] = [byValue[0], byValue.at(-1)];
  if (lowest === undefined || highest === undefined || lowest === highest)
    return '<td class="extra"></td>';
  return `<td class="extra">${drawCourse(newestFirst.toReversed())}
    <span class="below">${renderValue(lowest)} to ${renderValue(highest)}</span></td>`;
}

/** Never broken between number and unit. */
function renderValue({ value, unit }: Measurement): string {
  return escapeText(`${value.toFixed(1)}\u00a0${unit}`);
}

const time = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  timeZone: 'UTC',
});

function renderTime({ at }: Measurement): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return '';
  return `<time datetime="${date.toISOString()}">${time.format(date)} UTC</time>`;
}

/** Where the next colour begins, from cool to hot, in °C. */
const heatLimits = [18, 20, 22, 24] as const;

function heatStep({ value }: Measurement): number {
  return 1 + heatLimits.filter((limit) => value >= limit).length;
}

const legend = `<ul class="legend" aria-label="Colours">${[
  `below ${heatLimits[0]}`,
  ...heatLimits.slice(0, -1).map((limit, index) => `${limit} to ${heatLimits[index + 1]}`),
  `${heatLimits[3]} and more`,
]
  .map((range, index) => `<li><span class="swatch heat-${index + 1}"></span>${range}\u00a0°C</li>`)
  .join('')}</ul>`;
