import { msg } from '@lit/localize';
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { askedChapter, chapterAddress, CHAPTERS, chapterTitle } from './chapters/chapters.js';
import { formStyles } from './form-styles.js';
import { language, rememberLanguage } from './language.js';
import { LANGUAGES, type Language } from './languages.js';
import { applyTheme, PageTheme, THEMES, type Theme } from './theme.js';

const THEME_NAMES: Record<Theme, string> = { auto: msg('as the system'), light: msg('light'), dark: msg('dark') };
/** Each language by its own name, so that its readers find it. */
const LANGUAGE_NAMES: Record<Language, string> = { en: 'English', zh: '中文' };

/** The line at the top; what belongs to the open page alone stands in its middle. */
export function header(middle: TemplateResult | typeof nothing = nothing): TemplateResult {
  const inChapter = askedChapter() !== null;
  return html`<header>
    <h1>${inChapter ? html`<a href=${chapterAddress(null)}>headscope</a>` : 'headscope'}</h1>
    <p class="tagline">${msg('a microscope for attention heads')}</p>
    ${middle}
    <hs-settings></hs-settings>
  </header>`;
}

export const headerStyles = css`
  header {
    display: flex;
    flex-wrap: wrap;
    align-items: baseline;
    gap: 0 24px;
    padding: 12px 0 0;
    border-bottom: 1px solid var(--hs-line);
    margin-bottom: 24px;
  }
  header h1 {
    font-size: 18px;
    line-height: 32px;
    font-weight: 600;
    margin: 0;
  }
  header h1 a {
    color: inherit;
    text-decoration: none;
  }
  header h1 a:hover {
    text-decoration: underline;
    text-underline-offset: 3px;
  }
  .tagline {
    margin: 0;
    color: var(--hs-muted);
    flex: 1 1 auto;
  }
  hs-settings {
    align-self: center;
  }
  @media (max-width: 719px) {
    header {
      gap: 0 16px;
    }
    header h1 {
      flex: 1;
    }
    .tagline {
      display: none;
    }
  }
`;

/** Chapters, language and colours. */
export class HsSettings extends LitElement {
  static override styles = [
    formStyles,
    css`
      :host {
        display: flex;
        align-items: center;
        gap: 0 20px;
      }
      details {
        position: relative;
      }
      summary {
        cursor: pointer;
        list-style: none;
        padding: 4px 0;
        color: var(--hs-muted);
      }
      summary::-webkit-details-marker {
        display: none;
      }
      summary:hover,
      details[open] summary {
        color: var(--hs-fg);
      }
      ol {
        position: absolute;
        right: 0;
        top: 100%;
        z-index: 10;
        margin: 0;
        padding: 8px 0;
        list-style: none;
        width: max-content;
        max-width: min(336px, calc(100vw - 32px));
        background: var(--hs-bg);
        border: 1px solid var(--hs-edge);
        border-radius: 4px;
        counter-reset: chapter;
      }
      li.chapter {
        counter-increment: chapter;
      }
      li a {
        display: block;
        padding: 4px 16px;
        color: var(--hs-fg);
        text-decoration: none;
      }
      li.chapter a::before {
        content: counter(chapter) ' ';
        color: var(--hs-muted);
        padding-right: 4px;
      }
      li a:hover {
        background: var(--hs-accent-soft);
      }
      li a[aria-current] {
        color: var(--hs-accent);
      }
      .language {
        color: var(--hs-muted);
        text-decoration: underline;
        text-decoration-color: var(--hs-edge);
        text-underline-offset: 3px;
        padding: 4px 0;
        white-space: nowrap;
      }
      .language:hover {
        color: var(--hs-fg);
      }
      button {
        border: 0;
        background: none;
        color: var(--hs-muted);
        padding: 4px;
        min-width: 32px;
        min-height: 32px;
        cursor: pointer;
      }
      button:hover {
        color: var(--hs-fg);
      }
      svg {
        display: block;
        margin: auto;
      }
      @media (max-width: 719px) {
        :host {
          gap: 0 12px;
        }
        ol {
          /* Beside it stand the language and the colours. */
          right: -96px;
        }
      }
    `,
  ];

  private readonly theme = new PageTheme(this);
  private connection: AbortController | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.connection = new AbortController();
    const { signal } = this.connection;
    document.addEventListener('pointerdown', (event) => !event.composedPath().includes(this) && this.close(), {
      signal,
    });
    // The address changes under the page as it is used: the link to the other language follows.
    this.addEventListener('pointerenter', () => this.requestUpdate(), { signal });
    this.addEventListener('focusin', () => this.requestUpdate(), { signal });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.connection?.abort();
  }

  protected override render(): TemplateResult {
    const here = askedChapter();
    const theme = THEME_NAMES[this.theme.value];
    return html`
      ${
        CHAPTERS.length > 0
          ? html`<details @keydown=${this.onKey} @focusout=${this.onFocusOut}>
              <summary>${msg('chapters')} <span aria-hidden="true">▾</span></summary>
              <ol>
                ${CHAPTERS.map(
                  (id) =>
                    html`<li class="chapter">
                      <a href=${chapterAddress(id)} aria-current=${id === here ? 'page' : nothing}
                        >${chapterTitle(id)}</a
                      >
                    </li>`,
                )}
                <li>
                  <a href=${chapterAddress(null)} aria-current=${here === null ? 'page' : nothing}
                    >${msg('The microscope itself')}</a
                  >
                </li>
              </ol>
            </details>`
          : nothing
      }
      ${LANGUAGES.filter((other) => other !== language).map(
        (other) =>
          html`<a
            class="language"
            lang=${other === 'zh' ? 'zh-Hans' : other}
            href=${this.addressIn(other)}
            @click=${() => rememberLanguage(other)}
            >${LANGUAGE_NAMES[other]}</a
          >`,
      )}
      <button
        aria-label=${msg('Colours:') + ` ${theme}`}
        title=${msg('Colours:') + ` ${theme}`}
        @click=${this.nextTheme}
      >
        <svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true">
          <circle cx="9" cy="9" r="7" fill="none" stroke="currentColor" stroke-width="1.5" />
          <path d="M9 2a7 7 0 0 1 0 14z" fill="currentColor" />
        </svg>
      </button>
    `;
  }

  /** This very page in another language. */
  private addressIn(other: Language): string {
    const address = new URL(location.href);
    address.searchParams.set('lang', other);
    return `${address.search}${address.hash}`;
  }

  private nextTheme(): void {
    applyTheme(THEMES[(THEMES.indexOf(this.theme.value) + 1) % THEMES.length] ?? 'auto');
  }

  private get menu(): HTMLDetailsElement | null {
    return this.renderRoot.querySelector('details');
  }

  private close(): void {
    if (this.menu) this.menu.open = false;
  }

  private onKey(event: KeyboardEvent): void {
    if (event.key !== 'Escape' || !this.menu?.open) return;
    event.stopPropagation();
    this.close();
    this.menu.querySelector('summary')?.focus();
  }

  private onFocusOut(event: FocusEvent): void {
    if (event.relatedTarget instanceof Node && !this.menu?.contains(event.relatedTarget)) this.close();
  }
}

customElements.define('hs-settings', HsSettings);
