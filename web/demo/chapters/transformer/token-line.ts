import { css, html, type TemplateResult } from 'lit';
import { formStyles } from '../../form-styles.js';
import { percent } from './text.js';
import { DrawnInTurn } from '../kit/drawn-in-turn.js';

/** How much of the accent a weight of 1 gets: text stays readable on it. */
const MOST_COLOUR = 45;

/** A text whose characters are the more coloured the more weight they have. */
export class HsTokenLine extends DrawnInTurn {
  static override properties = { tokens: { attribute: false }, weights: { attribute: false } };

  static override styles = [
    formStyles,
    css`
      :host {
        display: block;
      }
      .line {
        display: flex;
        flex-wrap: wrap;
        row-gap: 4px;
        font-size: 18px;
        line-height: 32px;
      }
      .line > span {
        min-width: 12px;
        text-align: center;
        white-space: pre;
        border-bottom: 1px solid var(--hs-line);
      }
      .line > span.word {
        padding: 0 6px;
        font-size: 13px;
        color: var(--hs-fg);
        font-style: italic;
      }
      @media (forced-colors: active) {
        .line > span {
          forced-color-adjust: none;
        }
      }
    `,
  ];

  declare tokens: readonly string[];
  /** One for each token, 0 to 1. */
  declare weights: readonly number[];

  constructor() {
    super();
    this.tokens = [];
    this.weights = [];
  }

  protected override render(): TemplateResult {
    // Every character by itself would be read out; what it shows is said in a sentence beside it.
    return html`<div class="line" aria-hidden="true">
      ${this.tokens.map(
        (token, index) =>
          html`<span class=${[...token].length > 1 ? 'word' : ''} title=${percent(this.weights[index] ?? 0)}
            >${token}</span
          >`,
      )}
    </div>`;
  }

  protected override updated(): void {
    // By script: a strict policy forbids style attributes.
    this.renderRoot.querySelectorAll<HTMLElement>('.line > span').forEach((span, index) => {
      const share = MOST_COLOUR * (this.weights[index] ?? 0);
      span.style.backgroundColor = `color-mix(in srgb, var(--hs-accent) ${share.toFixed(1)}%, transparent)`;
    });
  }
}

customElements.define('hs-token-line', HsTokenLine);
