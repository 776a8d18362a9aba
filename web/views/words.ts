import type { later } from './words-later.js';

/** What the element says before there is anything to look at; {0}, {1} ... stand for what changes. */
const first = {
  error: '{0}.',
  InvalidArgument: '',
  InvalidShape: '',
  TooLarge: '',
  OutOfMemory: '',
  InvalidType: '',
  Disposed: '',
  LoadFailed: '',
  Aborted: '',
  WorkerFailed: '',
  query: 'query',
  key: 'key',
  token: '"{0}"',
  repeatedToken: '"{0}" (position {1})',
  zoom: 'Zoom',
  zoomIn: 'Zoom in (+)',
  zoomOut: 'Zoom out (−)',
  zoomFit: 'Fit: whole matrix (0)',
  zoomFitShort: 'Fit',
  keyAxis: 'key →',
  queryAxis: 'query ↓',
  noTokens: 'No tokens, so there are no weights to look at.',
  cancelled: 'Cancelled.',
  cancelledBefore: 'Cancelled. This is the picture before.',
  lastGood: 'Below is the last picture that could be drawn.',
  empty: 'Nothing to look at yet: give this element query and key vectors, or weights.',
  computing: 'Computing attention weights',
  cancel: 'Cancel',
  causal: 'causal',
  headList: 'Heads',
  head: 'head {0}',
  meanOfHeads: 'mean of {0} heads',
  maxOfHeads: 'maximum of {0} heads',
  meanOfThese: 'mean of heads {0}',
  maxOfThese: 'maximum of heads {0}',
  difference: '{0} − {1}',
  notComputed: 'not computed yet',
  gridOf: 'Attention weights of {0}: a row for each query, a column for each key',
  masked: 'masked',
  linear: 'weight, linear',
  mean: 'mean',
  entropy: 'entropy',
  firstKey: 'on the first key',
  headAxis: 'head →',
  layerAxis: 'layer ↓',
  none: 'none',
} as const;

export type Words = Readonly<Record<keyof typeof first | keyof typeof later, string>>;

/** In English; without those of words-later.ts until that is imported. */
const english = { ...first } as { -readonly [K in keyof Words]: string };

/** Adds the words that come later. */
export function addEnglish(words: typeof later): void {
  Object.assign(english, words);
}

/** The words of languages other than English that were loaded. */
const loaded = new Map<string, Words>();

const languageOf = (locale: string): 'en' | 'zh' => (/^zh\b/i.test(locale) ? 'zh' : 'en');

/** The words of a language, once `loadWords` has brought them; English until then, and for any other language. */
export function wordsOf(locale: string): Words {
  return loaded.get(languageOf(locale)) ?? english;
}

/** Brings the words of a language; null when they are there already. */
export function loadWords(locale: string): Promise<void> | null {
  const language = languageOf(locale);
  if (language === 'en' || loaded.has(language)) return null;
  return import('./words-zh.js').then(({ chinese }) => void loaded.set(language, chinese));
}

/** Chinese keeps a blank between its characters and Latin letters or digits: what stands between two pieces of a sentence. */
export const gap = (before: string, after: string): string =>
  /\p{Script=Han}\n\w|\w\n\p{Script=Han}/u.test(`${before}\n${after}`) ? ' ' : '';

/** Puts what changes into one of the words. */
export function filled(pattern: string, ...parts: readonly (string | number)[]): string {
  return pattern.replace(/\{(\d)\}/g, (_, index: string, at: number) => {
    const part = String(parts[Number(index)] ?? '');
    return gap(pattern.slice(0, at), part) + part + gap(part, pattern.slice(at + 3));
  });
}
