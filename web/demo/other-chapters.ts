import { msg, str } from '@lit/localize';
import { css, html, nothing, type TemplateResult } from 'lit';
import { chapterAddress, CHAPTERS, chapterTitle, type ChapterId } from './chapters/chapters.js';

/** The way to the chapter before and the one after; from the page itself, to the first. */
export function otherChapters(here: ChapterId | null): TemplateResult | typeof nothing {
  const at = here === null ? -1 : CHAPTERS.indexOf(here);
  const before = CHAPTERS[at - 1];
  const after = CHAPTERS[at + 1];
  if (before === undefined && after === undefined) return nothing;
  return html`<nav class="others" aria-label=${msg('Chapters')}>
    ${before ? html`<a rel="prev" href=${chapterAddress(before)}>← ${chapterTitle(before)}</a>` : html`<span></span>`}
    ${
      after
        ? html`<a rel="next" href=${chapterAddress(after)}
            >${here === null ? msg(str`Chapter 1: ${chapterTitle(after)}`) : chapterTitle(after)} →</a
          >`
        : nothing
    }
  </nav>`;
}

export const otherChaptersStyles = css`
  .others {
    display: flex;
    flex-wrap: wrap;
    justify-content: space-between;
    gap: 8px 32px;
    margin-top: 48px;
    padding-top: 16px;
    border-top: 1px solid var(--hs-line);
  }
  .others a {
    color: inherit;
    text-decoration-color: var(--hs-edge);
    text-underline-offset: 3px;
    padding: 4px 0;
  }
`;
