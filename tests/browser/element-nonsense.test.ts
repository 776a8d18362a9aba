import { afterAll, beforeAll, expect, it } from 'vitest';
import { draw, drawVectors, elementPage, ElementFixture, events, text } from './element-fixture.js';

let fixture: ElementFixture;

beforeAll(async () => {
  fixture = await ElementFixture.start({
    '/broken-child.html': elementPage('<script type="application/json">{"weights": [[1,</script>'),
  });
});
afterAll(() => fixture.stop());

it('what frameworks and scripts set keeps the picture or has an error, and throws nothing', async () => {
  const { page, problems, close } = await fixture.open();
  await drawVectors(page, [2, 4, 4, 8]);
  await page.evaluate(async () => {
    const { scope } = window.harness;
    const hostile = {
      toString: () => {
        throw new Error('no text');
      },
    };
    const wrong: Record<string, unknown[]> = {
      controls: [true, 5, [], null, ''],
      compare: [null, 5, 'x', [], { head: 'a' }, { hide: 'a' }, { temperature: hostile }, { head: 1e9 }, null],
      group: [null, 'g', null],
      steps: [null, [null], 5, null],
      theme: [null, 'pink', 'auto'],
      locale: [null, 'xx', 'en'],
      ...Object.fromEntries(
        ['head', 'heads', 'view', 'domain', 'topK', 'causal'].map((name) => [
          name,
          [hostile, null, {}, 'x', undefined],
        ]),
      ),
    };
    for (const [name, values] of Object.entries(wrong)) {
      for (const value of values) {
        Object.assign(scope, { [name]: value });
        await scope.updateComplete;
      }
    }
    for (const name of ['query', 'key', 'value', 'tokens', 'words', 'image', 'patches']) {
      Object.assign(scope, { [name]: null });
      await scope.updateComplete;
    }
    for (const attribute of ['group', 'theme', 'locale', 'controls']) scope.removeAttribute(attribute);
    await scope.updateComplete;
  });
  await draw(page, { weights: [[0.25, 0.75]], view: ['matrix'], causal: false });
  await expect.poll(() => text(page, '.facts span')).toBe('1 head · 1 query × 2 keys');
  await expect.poll(() => page.locator('head-scope [role=alert]').count()).toBe(0);
  await close();
  expect(problems).toEqual([]);
});

it('pins and steps that are none are ignored; a pin waits for the first picture', async () => {
  const { page, problems, close } = await fixture.open();
  const pins = await page.evaluate(async () => {
    const { scope, painted } = window.harness;
    const ready = new Promise((resolve) => scope.addEventListener('headscope-ready', resolve, { once: true }));
    Object.assign(scope, {
      weights: [
        [0.25, 0.75],
        [1, 0],
      ],
    });
    scope.pin({ query: 1, key: 0 });
    await ready;
    await painted();
    const before = scope.pins;
    const nonsense: unknown[] = ['x', 5, undefined, {}, { query: null, key: null }, { queries: [2], keys: [] }];
    for (const one of nonsense) scope.pin(one as null);
    scope.show({ pin: { query: 0, key: 1 } as unknown as null });
    const shown = scope.pins;
    scope.steps = [{ pin: { query: 0 } }];
    for (const step of ['length', 'at', '0', 1, -1, 0.5, NaN]) await scope.goTo(step as number);
    return { before, shown };
  });
  expect(pins).toEqual({ before: { queries: [1], keys: [0] }, shown: { queries: [0], keys: [1] } });
  expect(await events(page, 'step')).toEqual([]);
  await close();
  expect(problems).toEqual([]);
});

it('a pinned row is told with its query; a child that cannot be read is told once', async () => {
  const { page, close } = await fixture.open();
  await draw(page, {
    weights: [
      [0.25, 0.75],
      [1, 0],
    ],
  });
  await page.evaluate(() => window.harness.scope.pin({ query: 1, key: null }));
  await expect
    .poll(() => events(page, 'select'))
    .toEqual([{ head: 0, query: 1, key: null, weight: null, score: null, pin: { queries: [1], keys: [] } }]);
  await close();
  const broken = await fixture.open({}, '/broken-child.html');
  await broken.page.locator('head-scope [role=alert]').waitFor();
  await broken.page.evaluate(() => window.harness.painted());
  expect((await events(broken.page, 'error')).length).toBeLessThanOrEqual(1);
  await broken.close();
});
