/** Heatlens' drawings: plain SVG whose colours stand in style.css. */
import type { Measurement } from './platform.ts';

/** Windows of a house, a digit each: how warm it is behind them, from 1 to 5. */
interface House {
  readonly left: number;
  readonly floors: readonly string[];
}

const houses: readonly House[] = [
  { left: 8, floors: ['223', '234', '345', '233'] },
  { left: 132, floors: ['122', '233', '344', '455', '344', '233'] },
  { left: 256, floors: ['112', '223', '222'] },
];

const ground = 240;
const [houseWidth, floorHeight] = [100, 34];

function drawWindow(heat: string, column: number, left: number, top: number): string {
  return `<rect class="glow-${heat}" x="${left + 11 + column * 28}" y="${top}" width="22" height="24" rx="3"/>`;
}

function drawHouse({ left, floors }: House): string {
  const top = ground - 14 - floors.length * floorHeight;
  const windows = floors.flatMap((floor, row) =>
    floor
      .split('')
      .map((heat, column) => drawWindow(heat, column, left, top + 12 + row * floorHeight)),
  );
  const roof = `M${left - 4} ${top} L${left + houseWidth / 2} ${top - 26} L${left + houseWidth + 4} ${top} Z`;
  return `<path class="roof" d="${roof}"/><rect class="wall" x="${left}" y="${top}" width="${houseWidth}"
    height="${ground - top}"/>${windows.join('')}`;
}

/** Says nothing that the text beside it does not. */
export const street = `<svg class="street" viewBox="0 -10 364 260" aria-hidden="true">
  ${houses.map(drawHouse).join('')}<path class="ground" d="M0 ${ground} H364"/></svg>`;

const [width, height, margin] = [120, 32, 3];

/** The course of the values, oldest first, between their own lowest and highest. */
export function drawCourse(measurements: readonly Measurement[]): string {
  const values = measurements.map(({ value }) => value);
  const [lowest, highest] = [Math.min(...values), Math.max(...values)];
  const step = (width - 2 * margin) / Math.max(1, values.length - 1);
  const scale = (height - 2 * margin) / (highest - lowest || 1);
  const points = values.map(
    (value, index) =>
      `${(margin + index * step).toFixed(1)},${(height - margin - (value - lowest) * scale).toFixed(1)}`,
  );
  return `<svg class="course" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" aria-hidden="true">
    <polyline points="${points.join(' ')}"/></svg>`;
}
