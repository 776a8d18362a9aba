// Every text of the page has a translation, and the modules that the page loads are made of the present ones.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bundles, moduleOf, problemsOf } from '../../tools/messages.mjs';

describe.each(bundles().map((bundle) => [bundle.name, bundle]))('texts of %s', (_name, bundle) => {
  it('are all translated', async () => {
    expect(await problemsOf(bundle)).toEqual([]);
  });

  it('are built: node tools/messages.mjs', async () => {
    expect(readFileSync(join(bundle.folder, 'locales', 'zh.ts'), 'utf8')).toBe(await moduleOf(bundle));
  });
});
