import { html, type TemplateResult } from 'lit';
import type { HeadscopeError } from '../../wasm-bindings/js/index.js';
import { composed } from '../views/sentence.js';
import type { Words } from '../views/words.js';

/** An error in the element's language; what the engine says in English is marked as such in another one. */
export function errorSentence({ code, message }: HeadscopeError, words: Words): TemplateResult[] {
  const parts = composed(words.error, [{ text: message, token: true }], words[code]);
  return parts.map(({ text, token }) => (token ? html`<span lang="en">${text}</span>` : html`${text}`));
}
