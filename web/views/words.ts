/** What the element and its saved pictures say; {0}, {1} ... stand for what changes. */
const english = {
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
  queryItem: 'query {0}',
  keyItem: 'key {0}',
  token: '"{0}"',
  repeatedToken: '"{0}" (position {1})',
  itself: 'itself',
  invalidRow: '{0} has weights that are not finite numbers.',
  maskedRow: '{0} looks at nothing: its row is masked.',
  largestAt: '{0} is largest at {1} ({2}).',
  largestAtThen: '{0} is largest at {1} ({2}), then {3} ({4}).',
  onlyAt: '{0} looks only at {1} ({2}).',
  alike: '{0} looks at all {1} keys alike ({2} each).',
  mostlyAt: '{0} looks mostly at {1} ({2}), then {3} ({4}).',
  meanOfQueries: 'the mean of {0} queries',
  meanOfKeys: 'the mean of {0} keys',
  mostFrom: '{0} gets most from {1} ({2}).',
  mostFromThen: '{0} gets most from {1} ({2}), then {3} ({4}).',
  maskedColumn: '{0} is looked at by nothing: its column is masked.',
  strongest: 'Strongest link: {0} → {1} ({2}).',
  strongestAndEntropy: 'Strongest link: {0} → {1} ({2}); mean entropy {3} bits.',
  largestDifference: 'Largest difference: {0} → {1} ({2}).',
  hatched: 'Hatched cells are masked.',
  chequered: 'Chequered cells are not finite numbers.',
  pooled: 'Each pixel shows the largest of up to {0} × {1} cells.',
  keyAxis: 'key →',
  queryAxis: 'query ↓',
  queryAxisTurned: '← query',
  noTokens: 'No tokens, so there are no weights to look at.',
  cancelled: 'Cancelled.',
  cancelledBefore: 'Cancelled. This is the picture before.',
  lastGood: 'Below is the last picture that could be drawn.',
  empty: 'Nothing to look at yet: give this element query and key vectors, or weights.',
  computing: 'Computing attention weights',
  cancel: 'Cancel',
  oneHead: '{0} head',
  heads: '{0} heads',
  oneQuery: '{0} query',
  queries: '{0} queries',
  oneKey: '{0} key',
  keys: '{0} keys',
  causal: 'causal',
  headList: 'Heads',
  head: 'head {0}',
  meanOfHeads: 'mean of {0} heads',
  maxOfHeads: 'maximum of {0} heads',
  difference: '{0} − {1}',
  headTitle: 'Head {0}',
  notComputed: 'not computed yet',
  weightsOf: 'Attention weights of {0}',
  gridOf: 'Attention weights of {0}: a row for each query, a column for each key',
  masked: 'masked',
  linear: 'weight, linear',
  linearForAll: 'weight, linear, one scale for all heads',
  belowZero: 'below 0 (down to {0}) is drawn like 0',
  notFinite: 'not a finite number',
  pooledNote: 'each pixel shows the largest of up to {0} × {1} cells',
  thisCell: 'This cell',
  clickToKeep: 'click to keep a cell',
  unpin: 'Unpin',
  unpinTitle: 'Release the pinned cell (Esc)',
  weight: 'weight',
  score: 'score',
  scaledDot: 'scale·q·k',
  rank: 'rank',
  ofKeys: 'of {0} keys',
  exact: 'Exact numbers',
  noScores: 'Ready weights were given, without queries and keys',
  notKnown: 'not known',
  explain: 'Explain',
  sum: 'sum',
  mean: 'mean',
  ofCells: 'of {0} weights',
  looksAt: '{0} looks at',
  getsFrom: '{0} gets from',
  topKeys: 'Keys with the largest weights in this row',
  topQueries: 'Queries that look most at it',
  entropy: 'entropy',
  ofBits: '{0} of {1} bits',
  bits: '{0} bits',
  onAverage: 'This head on average',
  distance: 'distance',
  firstKey: 'on the first key',
  ownPosition: 'on its own position',
  previousPosition: 'on the one before',
  spokenHead: '{0}.',
  spokenPlace: '{0}: {1}, {2}',
  spokenMasked: '{0}: masked{1}.',
  spoken: '{0}: weight {1}{2}{3}{4}.',
  spokenScore: ', score {0}',
  spokenRank: ', rank {0} of {1}',
  spokenPinned: ', pinned',
} as const;

export type Words = Readonly<Record<keyof typeof english, string>>;

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

/** Puts what changes into one of the words. */
export function filled(pattern: string, ...parts: readonly (string | number)[]): string {
  return pattern.replace(/\{(\d)\}/g, (_, index: string) => String(parts[Number(index)] ?? ''));
}
