/** Stands in for a real sensor: a slow walk around 21 °C for each building. */
const temperatures = new Map<string, number>();

export function nextTemperature(buildingId: string): number {
  const last = temperatures.get(buildingId) ?? 18 + Math.random() * 7;
  const next = last + (Math.random() - 0.5) * 0.6 + (21 - last) * 0.02;
  temperatures.set(buildingId, next);
  return Math.round(next * 10) / 10;
}
