// How smoothly <head-scope> draws what is too large to be held: panning and zooming 16 heads of 4096 tokens; and how soon all
// thumbnails of a model are there.

const heads = 16;
const length = 4096;
const depth = 64;
/** Heads and tokens of a small model, whose weights are given. */
const model = { layers: 12, heads: 12, length: 512 };
/** Frames of each movement. */
const count = 180;

/**
 * @typedef {{work: string, goal: number, times: number[], longest?: number}} Smoothness
 * Milliseconds, and what 95 % of them should be at most; of frames, the longest task besides, 0 where none was over 50 ms.
 * @param {import('playwright-core').Browser} browser
 * @param {string} origin
 * @returns {Promise<Smoothness[]>}
 */
export async function frames(browser, origin) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
  try {
    await page.goto(`${origin}/element.html`);
    await page.waitForFunction(() => globalThis.customElements.get('head-scope') !== undefined);
    await page.evaluate(prepare);
    // Workers and their WebAssembly are there, as they are once a page has shown anything.
    await page.evaluate(() => globalThis.show({ query: [[1]], key: [[1]] }, 1));
    const overview = await page.evaluate(
      ([heads, length, depth]) => {
        const random = () => ({
          data: Float32Array.from({ length: heads * length * depth }, () => 4 * Math.random() - 2),
          shape: [heads, length, depth],
        });
        return globalThis.show({ query: random(), key: random() }, length);
      },
      [heads, length, depth],
    );
    const name = `${heads} heads x ${length} tokens from q and k`;
    // Who moves before all heads are known shares the processors with the workers that compute them.
    const all = await page.evaluate(() => globalThis.ready);
    const results = [
      { work: `${name}: the overview of the first head`, goal: 1000, times: [overview] },
      { work: `${name}: the overview of all heads`, goal: 1000, times: [all] },
    ];
    for (const [what, movement] of Object.entries(movements)) {
      const { gaps, longest } = await page.evaluate(move, [movement, count]);
      results.push({ work: `${name}: ${what}`, goal: frameGoal, times: gaps, longest });
    }
    const thumbnails = await page.evaluate(showThumbnails, model);
    results.push({
      work: `${model.layers} x ${model.heads} heads x ${model.length} tokens of ready weights: all thumbnails`,
      goal: 1000,
      times: [thumbnails],
    });
    return results;
  } finally {
    await page.close();
  }
}

/** A frame of 60 a second. */
const frameGoal = 16.7;

/** What the wheel does in each frame: how far it is turned, and whether Ctrl is held, which zooms. */
const movements = {
  'zooming in to single cells': { x: 0, y: -4, zooms: true },
  'panning single cells': { x: 9, y: 7, zooms: false },
  'zooming out': { x: 0, y: 2.4, zooms: true },
  'panning pooled cells': { x: -6, y: -9, zooms: false },
};

/** In the page: what the others use. */
function prepare() {
  const scope = globalThis.document.querySelector('head-scope');
  const frame = () => new Promise((resolve) => globalThis.requestAnimationFrame(resolve));
  Object.assign(globalThis, {
    frame,
    /** Milliseconds until the picture of these properties is drawn. */
    async show(properties, rows) {
      const start = performance.now();
      globalThis.ready = new Promise((resolve) =>
        scope.addEventListener('headscope-ready', () => resolve(performance.now() - start), { once: true }),
      );
      Object.assign(scope, properties);
      const drawn = () => {
        const grid = scope.shadowRoot.querySelector('.grid');
        const canvas = scope.shadowRoot.querySelector('.cells:not(.waiting) > canvas');
        return Number(grid?.getAttribute('aria-rowcount')) === rows + 1 && canvas?.width > 1;
      };
      while (!drawn()) await frame();
      return performance.now() - start;
    },
  });
}

/** In the page: milliseconds from frame to frame while the wheel is turned, and the longest task. */
async function move([{ x, y, zooms }, count]) {
  const root = globalThis.document.querySelector('head-scope').shadowRoot;
  const cells = root.querySelector('.cells');
  const box = cells.getBoundingClientRect();
  root.querySelector('.grid').focus();
  let longest = 0;
  const observer = new globalThis.PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
  });
  // What came before is reported late.
  await new Promise((resolve) => setTimeout(resolve, 300));
  observer.observe({ type: 'longtask' });
  const gaps = [];
  let last = await globalThis.frame();
  for (let i = 0; i < count; ++i) {
    const [clientX, clientY] = [box.x + 0.4 * box.width, box.y + 0.4 * box.height];
    const turned = { deltaX: x, deltaY: y, ctrlKey: zooms, clientX, clientY, bubbles: true, cancelable: true };
    cells.dispatchEvent(new globalThis.WheelEvent('wheel', turned));
    const now = await globalThis.frame();
    gaps.push(now - last);
    last = now;
  }
  await new Promise((resolve) => setTimeout(resolve, 300));
  observer.disconnect();
  return { gaps, longest };
}

/** In the page: milliseconds until all heads are known and the thumbnails in sight are painted. */
async function showThumbnails({ layers, heads, length }) {
  const scope = globalThis.document.querySelector('head-scope');
  const data = new Float32Array(layers * heads * length ** 2).fill(1 / length);
  const start = performance.now();
  const ready = new Promise((resolve) => scope.addEventListener('headscope-ready', resolve, { once: true }));
  Object.assign(scope, {
    query: undefined,
    key: undefined,
    layers: true,
    weights: { data, shape: [layers, heads, length, length] },
  });
  await ready;
  const painted = () => {
    const all = [...scope.shadowRoot.querySelectorAll('[data-head]')];
    return all.length > 0 && all.every((head) => head.querySelector('.thumbnail canvas').width > 1);
  };
  while (!painted()) await globalThis.frame();
  return performance.now() - start;
}
