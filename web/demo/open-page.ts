import { msg, str } from '@lit/localize';
import { chapterTitle, type ChapterId } from './chapters/chapters.js';
import { language } from './language.js';

/** Puts the page into the document: the tool, or a chapter. */
export async function openPage(chapter: ChapterId | 'unknown' | null): Promise<void> {
  document.documentElement.lang = language === 'zh' ? 'zh-Hans' : language;
  document.title =
    chapter === null || chapter === 'unknown'
      ? msg('headscope: a microscope for attention heads')
      : msg(str`${chapterTitle(chapter)} · headscope`);
  if (chapter === null) await import('./hs-page.js');
  else await import('./hs-chapter-page.js');
  document.body.prepend(document.createElement(chapter === null ? 'hs-page' : 'hs-chapter-page'));
}
