import { configureLocalization, type LocaleModule } from '@lit/localize';

export const LANGUAGES = ['en', 'zh'] as const;
export type Language = (typeof LANGUAGES)[number];

/**
 * Makes msg() speak a language; to be awaited before any module is loaded that calls it.
 * @param load gets the texts of a language that is not the one of the source
 */
export async function speak(language: Language, load: () => Promise<LocaleModule>): Promise<void> {
  const { setLocale } = configureLocalization({ sourceLocale: 'en', targetLocales: ['zh'], loadLocale: load });
  await setLocale(language);
}
