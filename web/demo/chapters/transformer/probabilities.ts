import { css, html, svg, type TemplateResult } from 'lit';
import { formStyles } from '../../form-styles.js';
import { largest, percent } from './text.js';
import { DrawnInTurn } from '../kit/drawn-in-turn.js';

const BAR_WIDTH = 96;

/** What could come next: the likeliest few, with their probabilities. */
export class HsProbabilities extends DrawnInTurn {
  static override properties = {
    label: {},
    names: { attribute: false },
    values: { attribute: false },
    chosen: { type: Number },
    count: { type: Number },
  };

  static override styles = [
    formStyles,
    css`
      :host {
        display: block;
      }
      table {
        border-collapse: collapse;
        font-variant-numeric: tabular-nums;
      }
      p {
        margin: 0;
      }
      th {
        font-weight: normal;
        text-align: left;
        padding: 0 12px 0 0;
        min-width: 32px;
      }
      td {
        padding: 0 8px 0 0;
        text-align: right;
      }
      tr.chosen th {
        font-weight: 600;
        color: var(--hs-accent);
      }
      svg {
        display: block;
      }
      rect {
        fill: var(--hs-edge);
      }
      tr.chosen rect {
        fill: var(--hs-accent);
      }
    `,
  ];

  declare label: string;
  declare names: readonly string[];
  declare values: readonly number[];
  /** The one that was taken; -1 for none. */
  declare chosen: number;
  declare count: number;

  constructor() {
    super();
    this.label = '';
    this.names = [];
    this.values = [];
    this.chosen = -1;
    this.count = 4;
  }

  protected override render(): TemplateResult {
    return html`<p id="label">${this.label}</p>
      <table aria-labelledby="label">
        <tbody>
          ${largest(this.values, this.count).map((index) => {
            const value = this.values[index] ?? 0;
            return html`<tr class=${index === this.chosen ? 'chosen' : ''}>
              <th scope="row">${this.names[index]}</th>
              <td>
                <svg width=${BAR_WIDTH} height="12" aria-hidden="true">
                  ${svg`<rect width=${Math.max(1, BAR_WIDTH * value)} height="12"></rect>`}
                </svg>
              </td>
              <td>${percent(value)}</td>
            </tr>`;
          })}
        </tbody>
      </table>`;
  }
}

customElements.define('hs-probabilities', HsProbabilities);
