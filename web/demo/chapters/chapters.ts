import type { LocaleModule } from '@lit/localize';
import { msg } from '@lit/localize';

/** The chapters in the order of the table of contents; an id is also the chapter's folder and its address. */
export const CHAPTER_IDS = ['self-attention', 'multi-head', 'projections', 'patches', 'transformer'] as const;
export type ChapterId = (typeof CHAPTER_IDS)[number];

/** Each defines the element `hs-chapter-ID`. */
const modules = import.meta.glob<unknown>('./*/chapter.ts');
const texts = import.meta.glob<LocaleModule>('./*/locales/zh.ts');

/** The chapters that there are. */
export const CHAPTERS: readonly ChapterId[] = CHAPTER_IDS.filter((id) => `./${id}/chapter.ts` in modules);

/** Asked for when it is shown: the language is known by then. */
export function chapterTitle(id: ChapterId): string {
  const titles: Readonly<Record<ChapterId, string>> = {
    'self-attention': msg('Self-attention, step by step'),
    'multi-head': msg('The meaning of attention'),
    projections: msg('Why the three projections differ'),
    patches: msg('Attention over patches'),
    transformer: msg('Attention and the Transformer'),
  };
  return titles[id];
}

/** What the address asks for: null for the page itself, `unknown` for a chapter that there is not. */
export function askedChapter(): ChapterId | 'unknown' | null {
  const asked = new URLSearchParams(location.search).get('chapter');
  if (asked === null) return null;
  return CHAPTERS.find((id) => id === asked) ?? 'unknown';
}

/** A chapter alone, for the pages of others. */
export function isEmbedded(): boolean {
  return new URLSearchParams(location.search).has('embed');
}

/** The address of a chapter, or of the page itself; a language that the address names stays. */
export function chapterAddress(id: ChapterId | null): string {
  const language = new URLSearchParams(location.search).get('lang');
  const query = new URLSearchParams({ ...(id ? { chapter: id } : {}), ...(language ? { lang: language } : {}) });
  // An address without a query would leave the present one as it is.
  return query.size > 0 ? `?${query.toString()}` : location.pathname;
}

/** Loads a chapter's element. */
export async function loadChapter(id: ChapterId): Promise<void> {
  await modules[`./${id}/chapter.ts`]?.();
}

/** A chapter's texts in Chinese. */
export async function chapterTexts(id: ChapterId): Promise<LocaleModule> {
  return (await texts[`./${id}/locales/zh.ts`]?.()) ?? { templates: {} };
}
