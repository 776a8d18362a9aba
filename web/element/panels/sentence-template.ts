import { html, type TemplateResult } from 'lit';
import type { SentencePart } from '../../views/sentence.js';

/** A sentence whose tokens keep their own direction of writing, and are never markup. */
export function sentenceTemplate(parts: readonly SentencePart[]): TemplateResult[] {
  return parts.map(({ text, token }) => (token ? html`<bdi>${text}</bdi>` : html`${text}`));
}
