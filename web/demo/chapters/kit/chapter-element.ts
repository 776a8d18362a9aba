import { css, html, nothing, type CSSResultGroup, type TemplateResult } from 'lit';
import { formStyles } from '../../form-styles.js';
import { errorSentence } from '../../error-sentence.js';
import { language } from '../../language.js';
import type { Language } from '../../languages.js';
import { PageTheme } from '../../theme.js';
import { DrawnInTurn } from './drawn-in-turn.js';
import { seenOnceDrawn } from './seen-once-drawn.js';

/** How text, controls and pictures stand in every chapter. */
export const chapterStyles = css`
  :host {
    display: block;
  }
  h2 {
    font-size: 18px;
    line-height: 24px;
    font-weight: 600;
    margin: 0;
  }
  h3 {
    font-size: 15px;
    line-height: 24px;
    font-weight: 600;
    margin: 0;
  }
  p {
    margin: 8px 0 0;
    max-width: 72ch;
  }
  section {
    margin-top: 32px;
    padding-top: 16px;
    border-top: 1px solid var(--hs-line);
  }
  .columns {
    display: grid;
    gap: 24px 48px;
    grid-template-columns: minmax(0, 1fr);
    margin-top: 16px;
  }
  .columns > * {
    min-width: 0;
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    gap: 8px 24px;
    align-items: center;
    margin-top: 16px;
  }
  .scroll {
    position: relative;
    overflow-x: auto;
  }
  .picture {
    min-height: 320px;
  }
  [hidden] {
    display: none !important;
  }
  @media (min-width: 900px) {
    .columns.two {
      grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);
    }
    .columns.wide {
      grid-template-columns: minmax(0, 2fr) minmax(0, 1fr);
    }
    .columns.aside {
      grid-template-columns: 336px minmax(0, 1fr);
    }
  }
`;

/** What chapters have in common: their styles, the theme and language for `<head-scope>`, and one sentence for errors. */
export abstract class ChapterElement extends DrawnInTurn {
  static override properties = { error: { state: true } };

  static override styles: CSSResultGroup = [formStyles, chapterStyles];

  /** What went wrong last; the picture before stays. */
  declare protected error: unknown;
  protected readonly theme = new PageTheme(this);
  protected readonly language: Language = language;

  constructor() {
    super();
    this.error = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (!this.hasUpdated) seenOnceDrawn(this);
  }

  /** Runs a computation; where it fails, a sentence says so. */
  protected attempt(work: () => void): void {
    try {
      work();
      this.error = null;
    } catch (error) {
      this.error = error;
    }
  }

  /** The sentence about what went wrong, to stand beside the controls. */
  protected errorLine(): TemplateResult | typeof nothing {
    return this.error === null || this.error === undefined
      ? nothing
      : html`<p class="error" role="alert">${errorSentence(this.error)}</p>`;
  }
}
