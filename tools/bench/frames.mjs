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
 * @param {string} origin of pages that are isolated from others: elsewhere the clock of a frame is rounded to 0.1 ms, and of frames
 *   that are 16.67 ms apart half seem to be 16.7 ms, the other half 16.6 or 16.8
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
    await page.evaluate(
      ([heads, length, depth]) => {
        const random = () => ({
          data: Float32Array.from({ length: heads * length * depth }, () => 4 * Math.random() - 2),
          shape: [heads, length, depth],
        });
        globalThis.made = { query: random(), key: random() };
      },
      [heads, length, depth],
    );
    const name = `${heads} heads x ${length} tokens from q and k`;
    const opened = await page.evaluate(open, length);
    const results = [
      { work: `${name}: the overview of the first head`, goal: 1000, times: [opened.first] },
      { work: `${name}: the overview of all heads`, goal: 1000, times: [opened.all], longest: opened.longest },
    ];
    for (const [what, movement] of Object.entries(movements)) {
      const { gaps, longest } = await page.evaluate(move, [movement, count]);
      results.push({ work: `${name}: ${what}`, goal: frameGoal, times: gaps, longest });
    }
    const { time, longest } = await page.evaluate(showThumbnails, model);
    results.push({
      work: `${model.layers} x ${model.heads} heads x ${model.length} tokens of ready weights: all thumbnails`,
      goal: 1000,
      times: [time],
      longest,
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
    /** Begins to watch for long tasks. What it gives tells how long the longest was, in milliseconds; 0 for none. */
    async watchTasks() {
      let longest = 0;
      const observer = new globalThis.PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
      });
      // They are reported late: those that came before, and the last one.
      const reported = () => new Promise((resolve) => setTimeout(resolve, 300));
      await reported();
      observer.observe({ type: 'longtask' });
      return async () => {
        await reported();
        observer.disconnect();
        return longest;
      };
    },
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

/**
 * In the page: milliseconds until the first head is drawn, and all of them; the longest task from then on, until everything
 * is, the numbers of the heads as well.
 */
async function open(length) {
  const longestTask = await globalThis.watchTasks();
  const first = await globalThis.show(globalThis.made, length);
  // Who moves before all heads are known shares the processors with the workers that compute them.
  const all = await globalThis.ready;
  const summary = () =>
    globalThis.document.querySelector('head-scope').shadowRoot.querySelector('.summary').textContent;
  while (!/entropy/.test(summary())) await globalThis.frame();
  return { first, all, longest: await longestTask() };
}

/** In the page: milliseconds from frame to frame while the wheel is turned, and the longest task. */
async function move([{ x, y, zooms }, count]) {
  const root = globalThis.document.querySelector('head-scope').shadowRoot;
  const cells = root.querySelector('.cells');
  const box = cells.getBoundingClientRect();
  root.querySelector('.grid').focus();
  const longestTask = await globalThis.watchTasks();
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
  return { gaps, longest: await longestTask() };
}

/** In the page: milliseconds until all heads are known and the thumbnails in sight are painted, and the longest task. */
async function showThumbnails({ layers, heads, length }) {
  const scope = globalThis.document.querySelector('head-scope');
  const data = new Float32Array(layers * heads * length ** 2).fill(1 / length);
  const longestTask = await globalThis.watchTasks();
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
  const time = performance.now() - start;
  return { time, longest: await longestTask() };
}
