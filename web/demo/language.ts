import { LANGUAGES, type Language } from './languages.js';

const KEY = 'headscope-language';

const known = (name: string | null | undefined): Language | undefined =>
  LANGUAGES.find((language) => language === name);

/** What was chosen with the switch; pages from the disk may have no storage. */
function remembered(): Language | undefined {
  try {
    return known(localStorage.getItem(KEY));
  } catch {
    return undefined;
  }
}

/** The page's language: the address wins, then what was chosen before, then what the browser is set to. */
export const language: Language =
  known(new URLSearchParams(location.search).get('lang')) ??
  remembered() ??
  known(navigator.language.toLowerCase().split('-')[0]) ??
  'en';

export function rememberLanguage(choice: Language): void {
  try {
    localStorage.setItem(KEY, choice);
  } catch {
    // Not remembered, then: the address says it.
  }
}
