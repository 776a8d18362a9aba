import './trusted-types.js';
import { askedChapter, chapterTexts } from './chapters/chapters.js';
import { language } from './language.js';
import { speak } from './languages.js';
import { applyTheme } from './theme.js';

// Before anything is shown.
applyTheme();

const chapter = askedChapter();

// What shows texts is loaded once the language is known: they are looked up as modules run.
await speak(language, async () => {
  const [page, own] = await Promise.all([
    import('./locales/zh.js'),
    chapter === null || chapter === 'unknown' ? { templates: {} } : chapterTexts(chapter),
  ]);
  return { templates: { ...page.templates, ...own.templates } };
});

const { openPage } = await import('./open-page.js');
await openPage(chapter);
