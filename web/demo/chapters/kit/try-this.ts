import { msg } from '@lit/localize';
import { css, html, nothing, type TemplateResult } from 'lit';
import { formStyles } from '../../form-styles.js';
import { DrawnInTurn } from './drawn-in-turn.js';

/** Something to press that shows a point. */
export interface Experiment {
  readonly name: string;
  /** Sets the chapter up; what it returns is said below the buttons, with the figures that came out. */
  readonly run: () => TemplateResult | string;
}

/** A row of buttons, and what the last one showed. */
export class HsTryThis extends DrawnInTurn {
  static override properties = { experiments: { attribute: false }, chosen: { state: true }, outcome: { state: true } };

  static override styles = [
    formStyles,
    css`
      :host {
        display: block;
        margin-top: 16px;
      }
      p {
        margin: 8px 0 0;
        max-width: 72ch;
        font-variant-numeric: tabular-nums;
      }
      .outcome {
        min-height: 48px;
      }
      button {
        border: 1px solid var(--hs-edge);
        border-radius: 4px;
        background: none;
        padding: 3px 12px;
        min-height: 32px;
        cursor: pointer;
        text-align: left;
      }
      button:hover {
        border-color: currentColor;
      }
      button[aria-pressed='true'] {
        border-color: var(--hs-accent);
        box-shadow: inset 0 0 0 1px var(--hs-accent);
      }
      .buttons {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
        align-items: center;
      }
    `,
  ];

  declare experiments: readonly Experiment[];
  declare private chosen: number | null;
  declare private outcome: TemplateResult | string;

  constructor() {
    super();
    this.experiments = [];
    this.chosen = null;
    this.outcome = '';
  }

  /** Forgets what was tried: the visitor changed something by hand. */
  clear(): void {
    this.chosen = null;
    this.outcome = '';
  }

  protected override render(): TemplateResult {
    return html`<div class="buttons" role="group" aria-label=${msg('Try this')}>
        <span class="note">${msg('Try this:')}</span>
        ${this.experiments.map(
          ({ name }, index) =>
            html`<button aria-pressed=${index === this.chosen ? 'true' : 'false'} @click=${() => this.run(index)}>
              ${name}
            </button>`,
        )}
      </div>
      <p class="outcome" role="status">${this.outcome === '' ? nothing : this.outcome}</p>`;
  }

  private run(index: number): void {
    this.chosen = index;
    this.outcome = this.experiments[index]?.run() ?? '';
  }
}

customElements.define('hs-try-this', HsTryThis);
