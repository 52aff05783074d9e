/** Heatlens' own pages: plain HTML, no scripts, every value escaped. */
import { escapeText, layout } from './layout.ts';
import { measurementsRefused, type Notice } from './notices.ts';
import type { BuildingReading, Measurement, Readings } from './platform.ts';

export function renderWelcome(notice?: Notice): string {
  return layout(
    'See where the heat goes',
    `${notice ? renderNotice(notice) : ''}
    <section class="hero">
      <h1>See where the heat goes</h1>
      <p>Heatlens reads the temperatures of your buildings and shows which of them run hot.
        Your readings stay with Sunrise Buildings; you choose what we may see.</p>
      <p><a class="button" id="connect" href="/connect">Connect with Sunrise Buildings</a></p>
      <p class="quiet">You sign in at Sunrise Buildings. We never see your password.</p>
    </section>`,
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
      <form method="post" action="/disconnect"><button class="second" id="disconnect">Sign out of Heatlens</button></form>
    </div>`;
}

function renderTable(readings: Readings): string {
  return `<div class="table" role="region" aria-label="Your buildings" tabindex="0"><table id="buildings">
      <thead><tr><th scope="col">Building</th><th scope="col">City</th><th scope="col">Latest</th>
        <th scope="col">Measured</th></tr></thead>
      <tbody>${readings.buildings.map(renderRow).join('')}</tbody>
    </table></div>`;
}

function renderRow(building: BuildingReading): string {
  const latest = building.measurements.find(({ kind }) => kind === 'temperature') ?? building.measurements[0];
  return `<tr><th scope="row">${escapeText(building.name)}</th><td>${escapeText(building.city)}</td>
    ${latest ? renderLatest(latest) : '<td colspan="2" class="quiet">No measurement</td>'}</tr>`;
}

function renderLatest(latest: Measurement): string {
  const at = new Date(latest.at);
  const when = Number.isNaN(at.getTime()) ? '' : at.toISOString().slice(0, 16).replace('T', ' ');
  return `<td><span class="heat heat-${heatStep(latest)}">${escapeText(`${latest.value} ${latest.unit}`)}</span></td>
    <td>${when} UTC</td>`;
}

/** One of five colours, from cool to hot; what is not a temperature gets the middle one. */
function heatStep({ kind, value }: Measurement): number {
  if (kind !== 'temperature') return 3;
  return 1 + [18, 20, 22, 24].filter((limit) => value >= limit).length;
}
