/** One small picture, of 24 by 16 pixels, in each format. */
const texts = {
  png: [
    'iVBORw0KGgoAAAANSUhEUgAAABgAAAAQCAYAAAAMJL+VAAAAMklEQVR4AezSsQkAAAgDQXFNS/efIY6Q',
    'KpUv2AUCR3pHSn5X+CiwwBBBZAVsgBU9IDoAAAD//w4vCQ8AAAAGSURBVAMA0T9BwQK8m10AAAAASUVO',
    'RK5CYII=',
  ],
  jpeg: [
    '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtq',
    'eJmBanGQc1tdhbWGkJ6jq62rZ4C8ybqmx5moq6T/2wBDARweHigjKE4rK06kbl1upKSkpKSkpKSkpKSk',
    'pKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKT/wAARCAAQABgDASIAAhEBAxEB/8QA',
    'FQABAQAAAAAAAAAAAAAAAAAAAAP/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFgEBAQEAAAAAAAAAAAAA',
    'AAAAAAIF/8QAFBEBAAAAAAAAAAAAAAAAAAAAAP/aAAwDAQACEQMRAD8AkA10AAP/2Q==',
  ],
  webp: [
    'UklGRj4AAABXRUJQVlA4IDIAAADQAgCdASoYABAAPtFUo0uoJKMhsAgBABoJQBdgBtoAAP7Qyv/iHP62',
    '/7lOCm2+aAAAAA==',
  ],
  lossless: ['UklGRh4AAABXRUJQVlA4TBEAAAAvF8ADAAfQrY71v/+BiOh/AAA='],
  extended: ['UklGRjAAAABXRUJQVlA4WAoAAAAgAAAAFwAADwAAVlA4TBEAAAAvF8ADAAfQrY71v/+BiOh/AAA='],
};

export const pictures = Object.fromEntries(
  Object.entries(texts).map(([name, lines]) => [name, Buffer.from(lines.join(''), 'base64')]),
) as Readonly<Record<keyof typeof texts, Buffer<ArrayBuffer>>>;
