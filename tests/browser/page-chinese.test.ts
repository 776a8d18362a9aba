import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openChapter } from './chapters-fixture.js';
import { drawnWeights, drawnWhen, PageUnderTest } from './page-fixture.js';
import { axeViolations } from './support/axe.js';
import { latinProse } from './support/latin.js';
import { screenshot } from './support/screenshot.js';

let under: PageUnderTest;

beforeAll(async () => {
  under = await PageUnderTest.start();
});
afterAll(() => under.stop());

async function open(page: Page, tab: '文本' | '图像' | '文件', count: number): Promise<void> {
  await page.getByRole('tab', { name: tab }).click();
  await drawnWhen(page, ({ shape }) => (shape[1] ?? 0) >= count);
}

/** Everything that the page can say, by name. */
const STATES: Record<string, (page: Page) => Promise<unknown>> = {
  vectors: drawnWeights,
  'vectors-error': (page) => page.getByLabel('猫，第 1 个数').fill('x'),
  'vectors-half': (page) => page.getByLabel('猫，第 1 个数').fill(''),
  'vectors-example': (page) => page.getByRole('button', { name: '颜色与形状' }).click(),
  'vectors-compass': (page) => page.getByRole('button', { name: '罗盘' }).click(),
  'vectors-row': (page) => page.getByRole('button', { name: '添加行' }).click(),
  'vectors-random': (page) => page.getByLabel('投影').selectOption('random'),
  'vectors-identity': (page) => page.getByLabel('投影').selectOption('identity'),
  'vectors-paste': async (page) => {
    await page.getByLabel('猫，第 1 个数').focus();
    await page.evaluate(() => navigator.clipboard.writeText('a\tb\n1\t2\n3\t4'));
    await page.keyboard.press('Control+V');
    await page.getByText('已粘贴').waitFor();
  },
  'vectors-pinned': async (page) => {
    await page.locator('head-scope').getByRole('grid').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await page.waitForTimeout(500);
  },
  'vectors-steps': (page) => page.locator('hs-matrix td').last().hover(),
  'vectors-explained': (page) => page.getByText('这里显示的是什么').click(),
  'controls-error': (page) => page.getByLabel('头数').fill('0'),
  'copied-code': (page) => page.getByRole('button', { name: '复制 JavaScript' }).click(),
  'copied-link': (page) => page.getByRole('button', { name: '复制链接' }).click(),
  'saved-weights': (page) => page.getByRole('button', { name: '保存权重' }).click(),
  text: (page) => open(page, '文本', 12),
  'text-causal': async (page) => {
    await open(page, '文本', 12);
    await page.getByLabel('因果').check();
    await page.getByLabel('位置编码', { exact: true }).uncheck();
  },
  'text-error': async (page) => {
    await open(page, '文本', 12);
    await page.getByLabel('输入一句话').fill('');
  },
  'text-long': async (page) => {
    await open(page, '文本', 12);
    await page.getByLabel('输入一句话').fill('字'.repeat(9000));
    await page.getByRole('alert').waitFor();
  },
  image: async (page) => {
    await open(page, '图像', 13);
    await page.waitForTimeout(300);
  },
  'image-drawing': async (page) => {
    await open(page, '图像', 13);
    await page.getByRole('button', { name: '白纸' }).click();
  },
  'image-refused': async (page) => {
    await open(page, '图像', 13);
    await page
      .locator('hs-image-input input[type=file]')
      .setInputFiles({ name: '1.svg', mimeType: 'image/svg+xml', buffer: Buffer.from('<svg></svg>') });
    await page.getByRole('alert').waitFor();
  },
  file: async (page) => {
    await open(page, '文件', 9);
    await page.getByText('读作现成的注意力权重').waitFor();
  },
  'file-vectors': async (page) => {
    await open(page, '文件', 9);
    await page.getByRole('button', { name: 'x 和 W' }).click();
    await page.getByText('读作向量').waitFor();
    await page.getByLabel('头数').fill('4');
    await page.getByRole('alert').waitFor();
  },
  'file-choice': async (page) => {
    await open(page, '文件', 9);
    await page.getByLabel('读作').selectOption('qkv');
    await page.getByRole('alert').waitFor();
  },
  'file-refused': async (page) => {
    await open(page, '文件', 9);
    await page
      .locator('hs-file-input input[type=file]')
      .setInputFiles({ name: '1.npy', mimeType: 'application/octet-stream', buffer: Buffer.from('no array') });
    await page.getByRole('alert').waitFor();
  },
  'damaged-link': (page) =>
    page.evaluate(() => {
      location.hash = '#v1.broken';
    }),
};

describe('the page in Chinese', () => {
  test.each(Object.entries(STATES))('%s: nothing is left in English', async (state, reach) => {
    const watched = await under.open('?lang=zh');
    const { page } = watched;
    await reach(page);
    await page.waitForTimeout(200);
    await screenshot(page, `page-chinese-${state}`);
    expect(await latinProse(page)).toEqual([]);
    expect(await axeViolations(page)).toEqual([]);
    expect(watched.problems).toEqual([]);
    await watched.close();
  });

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
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('en');
    await page.getByLabel('cats, number 1').fill('1.5');
    await page.waitForFunction(() => location.hash !== '');
    await page.waitForTimeout(600);
    await page.getByRole('link', { name: '中文' }).click();
    await page.getByRole('tab', { name: '向量' }).waitFor();
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('zh-Hans');
    expect(await title(page)).toBe('headscope：注意力头的显微镜');
    expect(await page.locator('hs-vectors-input input[data-column="0"]').first().inputValue()).toBe('1.5');
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
    expect(await watched.page.getByRole('link', { name: 'The meaning of attention →' }).getAttribute('href')).toContain(
      'lang=en',
    );
    await watched.close();
  });

  test('an English visitor loads no Chinese', async () => {
    const watched = await under.open();
    const names = await watched.page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
    expect(names.filter((name) => name.includes('/zh-'))).toEqual([]);
    await watched.close();
  });
});
