import { msg, str } from '@lit/localize';
import { css, html, nothing, type TemplateResult } from 'lit';
import { copyText } from '../../../hand-over.js';
import { formStyles } from '../../form-styles.js';
import { DrawnInTurn } from './drawn-in-turn.js';

const LANGUAGES = ['JavaScript', 'C++'] as const;
type CodeLanguage = (typeof LANGUAGES)[number];

/** An equation (in the default slot, as MathML) beside the code in JavaScript and in C++ that does just that. */
export class HsEquationCode extends DrawnInTurn {
  static override properties = {
    javascript: { attribute: false },
    cpp: { attribute: false },
    open: { state: true },
    note: { state: true },
  };

  static override styles = [
    formStyles,
    css`
      :host {
        display: grid;
        gap: 16px 48px;
        grid-template-columns: minmax(0, 1fr);
        margin-top: 16px;
      }
      .equation {
        overflow-x: auto;
        padding: 8px 0;
        font-size: 17px;
        line-height: 1.6;
      }
      .bar {
        display: flex;
        flex-wrap: wrap;
        gap: 0 24px;
        align-items: baseline;
        border-bottom: 1px solid var(--hs-line);
      }
      [role='tab'] {
        border: 0;
        background: none;
        padding: 4px 0;
        margin-bottom: -1px;
        border-bottom: 2px solid transparent;
        color: var(--hs-muted);
        cursor: pointer;
      }
      [role='tab'][aria-selected='true'] {
        color: var(--hs-fg);
        border-bottom-color: var(--hs-accent);
      }
      [role='tablist'] {
        display: flex;
        gap: 24px;
        flex: 1;
      }
      pre {
        margin: 0;
        padding: 8px 0;
        overflow-x: auto;
        font: 13px/20px var(--hs-mono);
        tab-size: 2;
      }
      p {
        margin: 0;
      }
      @media (min-width: 900px) {
        :host {
          grid-template-columns: minmax(0, 2fr) minmax(0, 3fr);
        }
      }
      @media (forced-colors: active) {
        [role='tab'] {
          border-bottom-color: Canvas;
        }
        [role='tab'][aria-selected='true'] {
          border-bottom-color: Highlight;
        }
      }
    `,
  ];

  /** A program as it can be run. */
  declare javascript: string;
  declare cpp: string;
  declare private open: CodeLanguage;
  declare private note: string;

  constructor() {
    super();
    this.javascript = '';
    this.cpp = '';
    this.open = 'JavaScript';
    this.note = '';
  }

  protected override render(): TemplateResult {
    return html`<div class="equation" tabindex="0" role="group" aria-label=${msg('Equation')}><slot></slot></div>
      <div>
        <div class="bar">
          <div role="tablist" aria-label=${msg('Code')} @keydown=${this.onKey}>
            ${LANGUAGES.map(
              (name) =>
                html`<button
                  role="tab"
                  id=${`tab-${name}`}
                  aria-selected=${name === this.open ? 'true' : 'false'}
                  aria-controls="code"
                  tabindex=${name === this.open ? 0 : -1}
                  @click=${() => this.show(name)}
                >
                  ${name}
                </button>`,
            )}
          </div>
          <button class="plain" @click=${this.copy}>${msg('copy')}</button>
        </div>
        <pre id="code" role="tabpanel" aria-labelledby=${`tab-${this.open}`} tabindex="0" lang="en">${this.code}</pre>
        ${this.note ? html`<p class="note" role="status">${this.note}</p>` : nothing}
      </div>`;
  }

  private get code(): string {
    return (this.open === 'C++' ? this.cpp : this.javascript).trim();
  }

  private show(name: CodeLanguage): void {
    this.open = name;
    this.note = '';
  }

  private onKey(event: KeyboardEvent): void {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
    event.preventDefault();
    this.show(this.open === 'C++' ? 'JavaScript' : 'C++');
    void this.updateComplete.then(() =>
      this.renderRoot.querySelector<HTMLElement>('[role=tab][aria-selected=true]')?.focus(),
    );
  }

  private async copy(): Promise<void> {
    this.note = (await copyText(this.code))
      ? msg(str`${this.open} copied.`)
      : msg('The browser does not let this page use the clipboard: mark the code and copy it.');
  }
}

customElements.define('hs-equation-code', HsEquationCode);
