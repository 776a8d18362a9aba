import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type * as Package from 'headscope';
import { HeadscopeError, load, type LoadOptions } from 'headscope';
import { distFolder } from '../browser/support/paths.js';
import { startStaticServer, type StaticServer } from '../browser/support/static-server.js';
import { allowRelaxedSimd } from '../support/flavours.js';

const html = '<!doctype html><title>Not found</title>';
let server: StaticServer;
let wrongTypes: StaticServer;
let folder: string;

beforeAll(async () => {
  const folders = { '/': distFolder };
  server = await startStaticServer({ folders, files: { '/page.html': html, '/page.wasm': html } });
  wrongTypes = await startStaticServer({ folders, mimeTypes: { '.wasm': 'application/octet-stream' } });
  folder = await mkdtemp(join(tmpdir(), 'headscope-'));
});

afterAll(async () => {
  await Promise.all([server.close(), wrongTypes.close(), rm(folder, { recursive: true })]);
});

/** One query that sees two keys alike. */
async function computes(options: LoadOptions): Promise<void> {
  const engine = await load(options);
  expect([...engine.attention([[0]], [[1], [2]], [[2], [4]]).output.data]).toEqual([3]);
}

async function refusal(options: LoadOptions): Promise<HeadscopeError> {
  const error: unknown = await load(options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(HeadscopeError);
  return error as HeadscopeError;
}

describe('load', () => {
  it('gives one instance for the same options', async () => {
    expect(await load()).toBe(await load({}));
    const wasmUrl = `${server.origin}/headscope.simd.wasm`;
    expect(await load({ wasmUrl })).toBe(await load({ wasmUrl: new URL(wasmUrl) }));
    expect(await load({ wasmUrl })).not.toBe(await load());
  });

  it('takes a URL', () => computes({ wasmUrl: `${server.origin}/headscope.simd.wasm` }));

  it('takes a URL of a file', () => computes({ wasmUrl: pathToFileURL(join(distFolder, 'headscope.simd.wasm')) }));

  it('takes a path from the working folder', () => computes({ wasmUrl: 'dist/headscope.simd.wasm' }));

  it('takes bytes', async () => computes({ wasmBinary: await readFile(join(distFolder, 'headscope.simd.wasm')) }));

  it('does without the right type', () => computes({ wasmUrl: `${wrongTypes.origin}/headscope.simd.wasm` }));

  it('says which flavour it was told that a file is', async () => {
    allowRelaxedSimd();
    const wasmUrl = `${server.origin}/headscope.relaxed.wasm`;
    expect((await load({ wasmUrl, flavour: 'relaxed' })).flavour).toBe('relaxed');
  });

  it.each<[string, () => LoadOptions | Promise<LoadOptions>, RegExp]>([
    ['a file that is not there', () => ({ wasmUrl: `${server.origin}/none.wasm` }), /^HTTP status 404$/],
    ['a page', () => ({ wasmUrl: `${server.origin}/page.html` }), /^text\/html; charset=utf-8: .*magic/],
    ['a page that says it is WebAssembly', () => ({ wasmUrl: `${server.origin}/page.wasm` }), /magic/],
    ['another module', () => ({ wasmBinary: Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0) }), /./],
    ['no server', () => ({ wasmUrl: 'http://127.0.0.1:9/headscope.simd.wasm' }), /./],
    ['no such file', () => ({ wasmUrl: 'dist/none.wasm' }), /ENOENT/],
    [
      'half a file',
      async () => ({ wasmBinary: (await readFile(join(distFolder, 'headscope.simd.wasm'))).subarray(0, 10_000) }),
      /./,
    ],
  ])('refuses %s', async (_, options, reason) => {
    const given = await options();
    const error = await refusal(given);
    expect(error).toMatchObject({
      code: 'LoadFailed',
      argument: given.wasmUrl === undefined ? 'wasmBinary' : 'wasmUrl',
    });
    expect(error.got).toMatch(reason);
    const place =
      given.wasmUrl === undefined ? '' : ` at ${new URL(given.wasmUrl, `${pathToFileURL('.').href}/`).href}`;
    expect(error.expected).toBe(`headscope's WebAssembly${place}`);
  });

  it('refuses a URL that is none', async () => {
    expect(await refusal({ wasmUrl: 'http://' })).toMatchObject({ code: 'InvalidArgument', argument: 'wasmUrl' });
  });

  it('tries again after a failure', async () => {
    const wasmUrl = pathToFileURL(join(folder, 'late.wasm'));
    expect((await refusal({ wasmUrl })).code).toBe('LoadFailed');
    await cp(join(distFolder, 'headscope.simd.wasm'), join(folder, 'late.wasm'));
    await computes({ wasmUrl });
  });
});

/** The package in a folder of its own, with another headscope.relaxed.wasm. */
async function packageWith(name: string, relaxed: (bytes: Buffer) => Uint8Array): Promise<typeof Package> {
  allowRelaxedSimd();
  const copy = join(folder, name);
  for (const file of ['headscope.js', 'headscope.simd.wasm']) await cp(join(distFolder, file), join(copy, file));
  await writeFile(join(copy, 'package.json'), '{ "type": "module" }');
  await writeFile(
    join(copy, 'headscope.relaxed.wasm'),
    relaxed(await readFile(join(distFolder, 'headscope.relaxed.wasm'))),
  );
  return (await import(/* @vite-ignore */ pathToFileURL(join(copy, 'headscope.js')).href)) as typeof Package;
}

it('takes what was configured where a call says nothing', async () => {
  const copy = await packageWith('configured', (bytes) => bytes);
  const wasmUrl = `${server.origin}/none.wasm`;
  copy.configure({ load: { wasmUrl } });
  await expect(copy.load()).rejects.toThrow(wasmUrl);
  await expect(
    copy.load({ wasmBinary: await readFile(join(distFolder, 'headscope.simd.wasm')) }),
  ).resolves.toBeDefined();
  copy.configure({ load: { wasmUrl: `${server.origin}/headscope.simd.wasm` } });
  expect((await copy.load()).flavour).toBe('simd');
});

describe('the choice of the flavour', () => {
  it('is relaxed where the engine has it', async () => {
    const copy = await packageWith('untouched', (bytes) => bytes);
    expect((await copy.load()).flavour).toBe('relaxed');
  });

  it('falls back where the relaxed file does not compile', async () => {
    const copy = await packageWith('broken', () => Buffer.from(html));
    expect((await copy.load()).flavour).toBe('simd');
    await expect(copy.load({ flavour: 'relaxed' })).rejects.toThrow(/headscope\.relaxed\.wasm/);
  });

  it('falls back where the relaxed file computes wrong numbers', async () => {
    const copy = await packageWith('wrong', (bytes) => {
      // Every log2(e) in it, with which the exponential begins, becomes 1.5.
      const wrong = Buffer.from(bytes);
      const log2e = Buffer.from(Float32Array.of(Math.LOG2E).buffer);
      let changed = 0;
      for (let at = wrong.indexOf(log2e); at >= 0; at = wrong.indexOf(log2e, at + 4)) {
        wrong.writeFloatLE(1.5, at);
        ++changed;
      }
      expect(changed).toBeGreaterThan(0);
      return wrong;
    });
    expect((await copy.load()).flavour).toBe('simd');
    await expect(copy.load({ flavour: 'relaxed' })).rejects.toThrow(/computes wrong numbers/);
  });
});
