import 'headscope/element';
import { largestDifference, referenceAttention, seededTensor } from '../../support/reference-attention.js';
import { Checks, equal } from './verdict.js';

const checks = new Checks();
const scope = document.querySelector('head-scope');
if (scope === null) throw new Error('the page has no <head-scope>');

function next<T extends keyof HTMLElementEventMap | `headscope-${string}`>(type: T): Promise<Event> {
  return new Promise((resolve) => scope?.addEventListener(type, resolve, { once: true }));
}

const frame = (): Promise<number> => new Promise(requestAnimationFrame);

/** How many different colours the largest canvas of a part has. */
function coloursDrawn(part = ''): number {
  const canvases = [...(scope?.shadowRoot?.querySelectorAll<HTMLCanvasElement>(`${part} canvas`) ?? [])];
  const largest = canvases.sort((a, b) => b.width * b.height - a.width * a.height)[0];
  const pixels = largest?.getContext('2d')?.getImageData(0, 0, largest.width, largest.height).data;
  return new Set(pixels === undefined ? [] : new Uint32Array(pixels.buffer)).size;
}

const query = seededTensor(1, 3, 6, 4);
const key = seededTensor(2, 3, 6, 4);
const tokens = ['the', 'cat', 'sat', 'on', 'the', 'mat'];

await checks.run('draws what it computes', async () => {
  const ready = next('headscope-ready');
  Object.assign(scope, { query, key, tokens });
  const { detail } = (await ready) as CustomEvent<unknown>;
  const expected = referenceAttention(query, key, key);
  for (let frames = 0; frames < 120 && coloursDrawn() < 3; ++frames) await frame();
  return [
    ...equal('detail', detail, { heads: 3, queries: 6, keys: 6 }),
    ...equal('shape', scope.result?.weights.shape, [3, 6, 6]),
    ...(largestDifference(scope.result?.weights.data ?? [], expected.weights) < 4e-6 ? [] : ['the weights are wrong']),
    ...(coloursDrawn() > 2 ? [] : ['nothing is drawn']),
    ...(scope.shadowRoot?.textContent.includes('mat') === true ? [] : ['the labels are missing']),
  ];
});

await checks.run('shows a cell', async () => {
  const selected = next('headscope-select');
  scope.pin({ query: 2, key: 1 });
  const { detail } = (await selected) as CustomEvent<{ query: number; key: number; weight: number }>;
  const expected = scope.result?.weights.data[2 * 6 + 1];
  return [...equal('cell', [detail.query, detail.key, detail.weight], [2, 1, expected])];
});

await checks.run('chooses a head by key', async () => {
  const chosen = next('headscope-head');
  const focusable = scope.shadowRoot?.querySelector<HTMLElement>('[role="grid"], .cells, [tabindex="0"]');
  focusable?.focus();
  focusable?.dispatchEvent(new KeyboardEvent('keydown', { key: ']', bubbles: true, composed: true }));
  const { detail } = (await chosen) as CustomEvent<unknown>;
  return [...equal('detail', detail, { head: 1 }), ...equal('head', scope.head, 1)];
});

await checks.run('draws every view, explains a cell, and shows a table', async () => {
  const image = new ImageData(3, 2);
  image.data.forEach((_, i) => (image.data[i] = i % 4 === 3 ? 255 : 9 * i));
  const ready = next('headscope-ready');
  Object.assign(scope, { image, patches: { rows: 2, columns: 3 }, view: ['matrix', 'lines', 'text', 'image'] });
  scope.setAttribute('controls', '');
  await ready;
  const root = scope.shadowRoot;
  const shown = (selector: string): Element | null | undefined => root?.querySelector(selector);
  const press = (letter: string): boolean | undefined =>
    root?.querySelector('[role="grid"]')?.dispatchEvent(new KeyboardEvent('keydown', { key: letter, bubbles: true }));
  press('e');
  press('t');
  const drawn = ['matrix', 'lines', 'image'];
  const parts = ['toolbar', 'text', 'explainer', 'table'];
  const missing = (): string[] => [
    ...drawn.filter((part) => coloursDrawn(`[part~="${part}"]`) < 3),
    ...parts.filter((part) => shown(`[part~="${part}"]`) === null),
  ];
  for (let frames = 0; frames < 240 && missing().length > 0; ++frames) await frame();
  return missing().map((part) => `${part} is not drawn`);
});

await checks.run('refuses what does not fit, and keeps the last picture', async () => {
  const failed = next('headscope-error');
  scope.key = [[1], [2, 3]];
  const { detail } = (await failed) as CustomEvent<{ code: string }>;
  return [...equal('code', detail.code, 'InvalidShape'), ...equal('shape', scope.result?.weights.shape, [3, 6, 6])];
});

checks.show();
