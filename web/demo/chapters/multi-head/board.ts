import { msg, str } from '@lit/localize';
import { css, html, type TemplateResult } from 'lit';
import { formStyles } from '../../form-styles.js';
import { SIDE } from './vision-example.js';
import { DrawnInTurn } from '../kit/drawn-in-turn.js';

/**
 * The picture of the vision example; on every patch how much the chosen one looks at it, in per cent.
 *
 * @fires patch - `CustomEvent<number>`, the patch that was pressed
 */
export class HsPatchBoard extends DrawnInTurn {
  static override properties = { colours: { attribute: false }, row: { attribute: false }, chosen: { type: Number } };

  static override styles = [
    formStyles,
    css`
      :host {
        display: grid;
        grid-template-columns: repeat(4, 56px);
        gap: 2px;
        width: max-content;
      }
      button {
        position: relative;
        width: 56px;
        height: 56px;
        padding: 0;
        border: 0;
        cursor: pointer;
      }
      button[aria-pressed='true'] {
        outline: 3px solid #14171b;
        box-shadow: inset 0 0 0 2px #ffffff;
      }
      button:focus-visible {
        outline: 3px solid var(--hs-fg);
        outline-offset: -1px;
        z-index: 1;
      }
      span {
        position: absolute;
        inset: auto 4px 4px auto;
        padding: 0 4px;
        font-size: 13px;
        line-height: 18px;
        border-radius: 2px;
        background: #14171b;
        color: #ffffff;
        font-variant-numeric: tabular-nums;
      }
    `,
  ];

  /** Red, green and blue of every patch, from 0 to 1. */
  declare colours: readonly (readonly number[])[];
  /** Weights of the chosen patch, one for each. */
  declare row: readonly number[];
  declare chosen: number;

  constructor() {
    super();
    this.colours = [];
    this.row = [];
    this.chosen = 0;
  }

  protected override render(): TemplateResult {
    return html`${this.colours.map((_, patch) => {
      const weight = Math.round(100 * (this.row[patch] ?? 0));
      const name = msg(str`row ${Math.floor(patch / SIDE) + 1}, column ${(patch % SIDE) + 1}: ${weight} %`);
      return html`<button
        aria-label=${name}
        aria-pressed=${patch === this.chosen ? 'true' : 'false'}
        @click=${() => this.dispatchEvent(new CustomEvent<number>('patch', { detail: patch }))}
      >
        <span aria-hidden="true" ?hidden=${weight === 0}>${weight}</span>
      </button>`;
    })}`;
  }

  protected override updated(): void {
    this.renderRoot.querySelectorAll('button').forEach((button, patch) => {
      const [red = 0, green = 0, blue = 0] = this.colours[patch] ?? [];
      const share = (part: number): number => Math.round(255 * Math.min(1, Math.max(0, part)));
      button.style.backgroundColor = `rgb(${share(red)} ${share(green)} ${share(blue)})`;
    });
  }
}

customElements.define('hs-patch-board', HsPatchBoard);
