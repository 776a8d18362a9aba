// The texts of the page in other languages: what msg() says in the sources goes into an .xlf file beside each bundle, translations
// are written into it by hand, and the page's modules are made from it.
import { readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { main } from './setup.mjs';
import { SetupError } from './setup/command.mjs';
import { root } from './setup/paths.mjs';

const demo = join(root, 'web', 'demo');
const chapters = join(demo, 'chapters');

/** What is loaded together is translated together: the page, the worker that reads files, each chapter. */
export function bundles() {
  const folders = readdirSync(chapters, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'kit')
    .map(({ name }) => name);
  return [
    {
      name: 'page',
      folder: demo,
      files: ['*.ts', 'inputs/*.ts', 'chapters/*.ts', 'chapters/kit/*.ts'],
    },
    { name: 'files', folder: join(demo, 'inputs'), files: ['file-{choice,worker}.ts'] },
    ...folders.map((name) => ({ name, folder: join(chapters, name), files: ['*.ts'] })),
  ];
}

async function localizer({ folder, files }) {
  const { RuntimeLitLocalizer } = await import('@lit/localize-tools/lib/modes/runtime.js');
  const inputFiles = files.map((file) => `${relative(root, folder)}/${file}`);
  const locales = `${relative(root, folder)}/locales`;
  const localize = new RuntimeLitLocalizer({
    baseDir: root,
    resolve: (path) => join(root, path),
    sourceLocale: 'en',
    targetLocales: ['zh'],
    inputFiles,
    output: { mode: 'runtime', outputDir: locales, language: 'ts' },
    interchange: { format: 'xliff', xliffDir: locales },
  });
  // The tool follows imports: what other bundles say is theirs to translate.
  const own = new Set(localize.filesAndCompilerOptions.fileNames);
  const extract = localize.extractSourceMessages.bind(localize);
  localize.extractSourceMessages = () => {
    const { messages, errors } = extract();
    return { errors, messages: messages.filter(({ file }) => own.has(file.fileName)) };
  };
  return localize;
}

/**
 * What is wrong with a bundle's translations, one line each: none, for a text of the sources, or other places for what is filled in.
 * @returns {Promise<string[]>}
 */
export async function problemsOf(bundle) {
  const localize = await localizer(bundle);
  const { messages, errors } = localize.extractSourceMessages();
  if (errors.length > 0)
    throw new SetupError(`${bundle.name}: ${errors.map(({ messageText }) => messageText).join('; ')}`);
  const { translations } = localize.readTranslationsSync();
  const translated = new Set((translations.get('zh') ?? []).map(({ name }) => name));
  const missing = messages.filter(({ name }) => !translated.has(name));
  const text = ({ contents }) => contents.map((part) => (typeof part === 'string' ? part : '…')).join('');
  return [
    ...missing.map((message) => `${bundle.name}: no translation of “${text(message)}”`),
    ...localize.validateTranslations().errors,
  ];
}

/** The module of a bundle's translations as it should be. */
export async function moduleOf(bundle) {
  const folder = await mkdtemp(join(tmpdir(), 'messages-'));
  try {
    const localize = await localizer(bundle);
    localize.config.output.outputDir = folder;
    localize.config.resolve = (path) => (isAbsolute(path) ? path : join(root, path));
    await localize.build();
    return await formatted(join(folder, 'zh.ts'));
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function formatted(file) {
  const prettier = await import('prettier');
  const options = await prettier.resolveConfig(join(demo, 'main.ts'));
  // What it switches off, this house does not check.
  const text = (await readFile(file, 'utf8')).replace(/^ *\/\* eslint-disable .*\n/gm, '');
  return prettier.format(text, { ...options, filepath: file });
}

/** Makes a bundle's .xlf agree with the sources; what is translated stays. Then makes its module from it. */
async function update(bundle) {
  await (await localizer(bundle)).writeInterchangeFiles();
  await writeFile(join(bundle.folder, 'locales', 'zh.ts'), await moduleOf(bundle));
  return problemsOf(bundle);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(async () => {
    const [only] = process.argv.slice(2);
    const chosen = bundles().filter(({ name }) => only === undefined || name === only);
    const problems = [];
    for (const bundle of chosen) problems.push(...(await update(bundle)));
    process.stdout.write(problems.map((line) => `${line}\n`).join(''));
    return problems.length > 0 ? 1 : 0;
  });
}
