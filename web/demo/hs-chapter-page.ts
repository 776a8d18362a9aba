import { msg } from '@lit/localize';
import { css, html, LitElement, type TemplateResult } from 'lit';
import { askedChapter, chapterAddress, CHAPTERS, chapterTitle, isEmbedded, loadChapter } from './chapters/chapters.js';
import { formStyles } from './form-styles.js';
import { header, headerStyles } from './header.js';
import { otherChapters, otherChaptersStyles } from './other-chapters.js';
import { pageFrame } from './page-styles.js';

/** A chapter by itself, with the way to the others around it unless it is embedded. */
export class HsChapterPage extends LitElement {
  static override properties = { failed: { state: true } };

  static override styles = [
    formStyles,
    pageFrame,
    headerStyles,
    otherChaptersStyles,
    css`
      :host([embedded]) {
        padding-top: 16px;
        padding-bottom: 16px;
      }
      main > p {
        max-width: 72ch;
      }
      /* What stands below a chapter stays out of sight until there is one. */
      :host(:not([embedded])) main {
        min-height: 100vh;
      }
    `,
  ];

  /** The chapter could not be loaded. */
  declare private failed: boolean;
  private readonly asked = askedChapter();

  constructor() {
    super();
    this.failed = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.toggleAttribute('embedded', isEmbedded());
    if (this.asked === null || this.asked === 'unknown') return;
    loadChapter(this.asked).catch(() => {
      this.failed = true;
    });
  }

  protected override render(): TemplateResult {
    const { asked } = this;
    const known = asked === null || asked === 'unknown' ? null : asked;
    if (isEmbedded())
      return html`<main>
        <h1 class="hidden">headscope</h1>
        ${this.content()}
      </main>`;
    return html`${header()}
      <main>${this.content()}</main>
      ${otherChapters(known)}`;
  }

  private content(): TemplateResult | HTMLElement {
    if (this.failed) {
      return html`<p class="error" role="alert">
        ${msg('This chapter could not be loaded. Is there a connection?')}
        <a href=${location.href}>${msg('Try again')}</a>
      </p>`;
    }
    if (this.asked === null || this.asked === 'unknown') {
      return html`<p class="error" role="alert">${msg('There is no such chapter. These there are:')}</p>
        <ol>
          ${CHAPTERS.map((id) => html`<li><a href=${chapterAddress(id)}>${chapterTitle(id)}</a></li>`)}
        </ol>`;
    }
    this.chapter ??= document.createElement(`hs-chapter-${this.asked}`);
    return this.chapter;
  }

  private chapter: HTMLElement | undefined;
}

customElements.define('hs-chapter-page', HsChapterPage);
