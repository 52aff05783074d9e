import { describe, expect, it } from 'vitest';
import { renderAlone, renderReadings } from './pages.ts';
import type { BuildingReading, Measurement } from './platform.ts';

const temperature = (value: number, at = '2026-11-24T10:53:09.000Z'): Measurement => ({
  kind: 'temperature',
  value,
  unit: '°C',
  at,
});
const house = (measurements: readonly Measurement[], name = 'Sunrise House'): BuildingReading => ({
  id: 'b-1',
  name,
  city: 'Rostock',
  measurements,
});
const render = (building: BuildingReading, measurementsRefused = false) =>
  renderReadings('Ada', { buildings: [building], measurementsRefused });

describe('the page of readings of the third-party application', () => {
  it('shows the latest temperature in its colour, its time, and the range of the earlier ones', () => {
    const html = render(house([temperature(22), temperature(19.94), temperature(24.3)]));
    expect(html).toContain('<span class="heat heat-4">22.0\u00a0°C</span>');
    expect(html).toContain('24 Nov, 10:53 UTC');
    expect(html).toContain('19.9\u00a0°C to 24.3\u00a0°C');
  });

  it('does not mention temperatures when it may not see the measurements', () => {
    const html = render(house([]), true);
    expect(html).toContain('id="ask-again"');
    expect(html).not.toContain('Temperature</th>');
    expect(html).not.toContain('No measurement yet');
  });

  it('says so when nothing was measured, and draws no curve of a single reading', () => {
    expect(render(house([]))).toContain('No measurement yet');
    expect(render(house([temperature(20)]))).not.toContain('polyline');
  });

  it('escapes the texts of the platform', () => {
    const html = render(house([{ ...temperature(20, 'nonsense'), unit: '<b>' }], '<script>"&'));
    expect(html).toContain('&lt;script&gt;&quot;&amp;');
    expect(html).not.toMatch(/<script>|<b>/);
  });
});

describe('a page of the third-party application with only a notice', () => {
  it('has a link to the start', () => {
    expect(renderAlone({ title: 'Not found', text: 'Nothing.' })).toContain('href="/"');
  });
});
