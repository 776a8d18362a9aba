import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openChapter } from './chapters-fixture.js';
import { drawnWeights, drawnWhen, PageUnderTest, writtenLink } from './page-fixture.js';
import { axeViolations } from './support/axe.js';
import type { WatchedPage } from './support/chromium.js';
import { latinProse } from './support/latin.js';
import { screenshot } from './support/screenshot.js';

let under: PageUnderTest;

beforeAll(async () => {
  under = await PageUnderTest.start();
});
afterAll(() => under.stop());

async function open(page: Page, tab: '文本' | '图像', count: number): Promise<void> {
  await page.getByRole('tab', { name: tab }).click();
  await drawnWhen(page, ({ shape }) => (shape[1] ?? 0) >= count);
}

const alert = (page: Page): Promise<void> => page.getByRole('alert').waitFor();
const silence = (page: Page): Promise<void> => expect.poll(() => page.getByRole('alert').count()).toBe(0);
const grid = (page: Page): Locator => page.locator('head-scope').getByRole('grid');
const cell = (page: Page): Locator => page.getByLabel('猫，第 1 个数');

/** Brings a file to the tab that takes such. */
const bring = (page: Page, tab: 'image' | 'file', name: string, mimeType: string, text: string): Promise<void> =>
  page.locator(`hs-${tab}-input input[type=file]`).setInputFiles({ name, mimeType, buffer: Buffer.from(text) });

/** How to come to a state of the page, and how to leave it for the next where that is not the next one's doing. */
type State = readonly [name: string, reach: (page: Page) => Promise<unknown>, leave?: (page: Page) => Promise<unknown>];

/** Everything that the page can say, each reached from the one before. */
const STATES: readonly State[] = [
  ['vectors', drawnWeights],
  [
    'vectors-error',
    async (page) => {
      await cell(page).fill('x');
      await alert(page);
    },
  ],
  ['vectors-half', (page) => cell(page).fill(''), (page) => cell(page).fill('0')],
  [
    'vectors-explained',
    (page) => page.getByText('这里显示的是什么').click(),
    (page) => page.getByText('这里显示的是什么').click(),
  ],
  [
    'vectors-pinned',
    async (page) => {
      await grid(page).focus();
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('Enter');
      // What is read out comes when the cursor rests.
      await expect
        .poll(() => page.locator('head-scope [aria-live]').allTextContents())
        .toContainEqual(expect.stringMatching(/./));
    },
    (page) => grid(page).press('Escape'),
  ],
  ['vectors-steps', (page) => page.locator('hs-matrix td').last().hover(), (page) => page.mouse.move(2, 2)],
  [
    'vectors-turned',
    async (page) => {
      const scope = page.locator('head-scope');
      await scope.getByRole('button', { name: '更多' }).click();
      await scope.getByLabel('软上限').fill('1');
      await scope.getByLabel('位置编码').selectOption('alibi');
      await scope.locator('[data-control=topK]').fill('1');
      await page.locator('hs-steps').getByText('每相距一个词元减').waitFor();
      await page.locator('hs-matrix[data-id=scores] td').nth(1).hover();
      await page.locator('hs-steps .sum').getByText('软上限').waitFor();
    },
    async (page) => {
      await page.locator('head-scope').getByRole('button', { name: '重置' }).click();
      await page.locator('head-scope').getByRole('button', { name: '更多' }).click();
      await page.mouse.move(2, 2);
    },
  ],
  ...(['复制为 JavaScript 程序', '复制链接'] as const).map((name): State => [
    `copied-${name}`,
    async (page) => {
      await page.getByRole('button', { name }).click();
      await page.getByText(/已复制。/).waitFor();
    },
  ]),
  ['saved-weights', (page) => page.getByRole('button', { name: '保存全部头的权重' }).click()],
  [
    'controls-error',
    async (page) => {
      await page.getByLabel('头数').fill('0');
      await alert(page);
    },
    (page) => page.getByLabel('头数').fill('1'),
  ],
  ['vectors-row', (page) => page.getByRole('button', { name: '添加行' }).click()],
  [
    'vectors-paste',
    async (page) => {
      await cell(page).focus();
      await page.evaluate(() => navigator.clipboard.writeText('a\tb\n1\t2\n3\t4'));
      await page.keyboard.press('Control+V');
      await page.getByText('已粘贴').waitFor();
    },
  ],
  ['vectors-random', (page) => page.getByLabel('投影').selectOption('random')],
  ['vectors-identity', (page) => page.getByLabel('投影').selectOption('identity')],
  ['vectors-example', (page) => page.getByRole('button', { name: '颜色与形状' }).click()],
  ['vectors-compass', (page) => page.getByRole('button', { name: '罗盘' }).click()],
  ['text', (page) => open(page, '文本', 12)],
  [
    'text-causal',
    async (page) => {
      await page.getByLabel('因果').check();
      await page.getByLabel('位置编码', { exact: true }).uncheck();
      await drawnWhen(page, ({ weights }) => weights[1] === 0);
    },
  ],
  [
    'text-error',
    async (page) => {
      await page.getByLabel('输入一句话').fill('');
      await alert(page);
    },
    async (page) => {
      await page.getByLabel('输入一句话').fill('字');
      await silence(page);
    },
  ],
  [
    'text-long',
    async (page) => {
      await page.getByLabel('输入一句话').fill('字'.repeat(9000));
      await alert(page);
    },
  ],
  ['image', (page) => open(page, '图像', 13)],
  ['image-drawing', (page) => page.getByRole('button', { name: '白纸' }).click()],
  [
    'image-refused',
    async (page) => {
      await bring(page, 'image', '1.svg', 'image/svg+xml', '<svg></svg>');
      await alert(page);
    },
  ],
  [
    'file',
    async (page) => {
      await page.getByRole('tab', { name: '文件' }).click();
      await page.getByText('读作现成的注意力权重').waitFor();
      await drawnWhen(page, ({ shape }) => shape.join() === '1,9,9');
    },
  ],
  [
    'file-choice',
    async (page) => {
      await page.getByLabel('读作').selectOption('qkv');
      await alert(page);
    },
  ],
  [
    'file-vectors',
    async (page) => {
      await page.getByRole('button', { name: 'x 和 W' }).click();
      await page.getByText('读作向量').waitFor();
      await silence(page);
      await page.getByLabel('头数').fill('4');
      await alert(page);
    },
    async (page) => {
      await page.getByLabel('头数').fill('2');
      await silence(page);
    },
  ],
  [
    'file-refused',
    async (page) => {
      await bring(page, 'file', '1.npy', 'application/octet-stream', 'no array');
      await alert(page);
    },
    async (page) => {
      await page.getByRole('button', { name: 'x 和 W' }).click();
      await silence(page);
    },
  ],
  [
    'damaged-link',
    async (page) => {
      await page.evaluate(() => {
        location.hash = '#v1.broken';
      });
      await alert(page);
    },
  ],
];

describe('the page in Chinese', () => {
  let watched: WatchedPage;

  beforeAll(async () => {
    watched = await under.open('?lang=zh');
  });
  afterAll(() => watched.close());

  for (const [state, reach, leave] of STATES) {
    test(`${state}: nothing is left in English`, async () => {
      const { page, problems } = watched;
      await reach(page);
      await screenshot(page, `page-chinese-${state}`);
      expect(await latinProse(page)).toEqual([]);
      expect(await axeViolations(page)).toEqual([]);
      expect(problems).toEqual([]);
      await leave?.(page);
    });
  }

  test.each(['self-attention', 'multi-head'])('%s: nothing is left in English, whatever is tried', async (id) => {
    const watched = await openChapter(under, id, {}, '&lang=zh');
    const { page } = watched;
    expect(await latinProse(page)).toEqual([]);
    const choices = page.locator(`hs-chapter-${id} hs-select`).first().locator('select');
    for (const value of await choices
      .locator('option')
      .evaluateAll((all) => all.map((each) => (each as HTMLOptionElement).value))) {
      await choices.selectOption(value);
      const buttons = page.locator('hs-try-this button');
      for (let index = 0; index < (await buttons.count()); index++) {
        await buttons.nth(index).click();
        expect(await latinProse(page)).toEqual([]);
      }
    }
    expect(watched.problems).toEqual([]);
    await watched.close();
  });
});

describe('which language', () => {
  const title = (page: Page): Promise<string> => page.title();

  test('the switch goes to the other, keeps what is shown, and is remembered', async () => {
    const watched = await under.open();
    const { page } = watched;
    await expect.poll(() => page.evaluate(() => document.documentElement.lang)).toBe('en');
    await page.getByLabel('cats, number 1').fill('1.5');
    await writtenLink(page);
    await page.getByRole('link', { name: '中文' }).click();
    await page.getByRole('tab', { name: '向量' }).waitFor();
    await expect.poll(() => page.evaluate(() => document.documentElement.lang)).toBe('zh-Hans');
    await expect.poll(() => title(page)).toBe('headscope：注意力头的显微镜');
    await expect.poll(() => page.locator('hs-vectors-input input[data-column="0"]').first().inputValue()).toBe('1.5');
    await page.goto(`${under.server.origin}/`);
    await page.getByRole('tab', { name: '向量' }).waitFor();
    await page.goto(`${under.server.origin}/?lang=en`);
    await page.getByRole('tab', { name: 'Vectors' }).waitFor();
    await watched.close();
  });

  test('the first visit follows the browser, and the address wins', async () => {
    const watched = await under.open('', { locale: 'zh-CN' });
    await watched.page.getByRole('tab', { name: '向量' }).waitFor();
    await watched.page.goto(`${under.server.origin}/?lang=en&chapter=self-attention`);
    await watched.page.getByRole('heading', { name: 'Self-attention, step by step' }).waitFor();
    await expect
      .poll(() => watched.page.getByRole('link', { name: 'The meaning of attention →' }).getAttribute('href'))
      .toContain('lang=en');
    await watched.close();
  });

  test('an English visitor loads no Chinese', async () => {
    const watched = await under.open();
    const names = await watched.page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
    expect(names.filter((name) => name.includes('/zh-'))).toEqual([]);
    await watched.close();
  });
});
