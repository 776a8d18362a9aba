import { msg, str } from '@lit/localize';
import { css, html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import type { Tensor } from 'headscope';
import { formStyles } from '../../form-styles.js';
import { readNumber } from '../../inputs/vectors-paste.js';
import { threeDigits } from '../../three-digits.js';
import { DrawnInTurn } from './drawn-in-turn.js';

export interface CellPlace {
  readonly row: number;
  readonly column: number;
}

/** The detail of `matrix-point`: the cell under the pointer or the focus, null when there is none any more. */
export type MatrixPoint = (CellPlace & { readonly pinned: boolean }) | null;

/** The detail of `matrix-edit`. */
export interface MatrixEdit extends CellPlace {
  readonly value: number;
}

/** A cell's name in a set of marks. */
export function cellName({ row, column }: CellPlace): string {
  return `${row},${column}`;
}

/**
 * A small matrix with its numbers. One stop of the Tab key; arrows move inside it.
 *
 * @fires matrix-point - what the pointer or the focus is on; a click (not in a field), Enter or Space pins it
 * @fires matrix-edit - a number was typed into an editable matrix
 */
export class HsMatrix extends DrawnInTurn {
  static override properties = {
    values: { attribute: false },
    heading: { attribute: false },
    rowNames: { attribute: false },
    columnNames: { attribute: false },
    label: {},
    editable: { type: Boolean },
    marks: { attribute: false },
    chosen: { attribute: false },
    masked: { attribute: false },
    shade: { attribute: false },
  };

  static override styles = [
    formStyles,
    css`
      :host {
        display: block;
      }
      figure {
        margin: 0;
      }
      figcaption {
        line-height: 24px;
        white-space: nowrap;
      }
      figcaption .note {
        padding-left: 8px;
      }
      table {
        border-collapse: collapse;
        font-variant-numeric: tabular-nums;
      }
      th {
        font-weight: normal;
        color: var(--hs-muted);
        padding: 0 8px 0 0;
        max-width: 80px;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        text-align: left;
      }
      thead th {
        padding: 0 6px;
        text-align: right;
        max-width: 96px;
      }
      td {
        height: 28px;
        min-width: 48px;
        padding: 0 6px;
        text-align: right;
        border: 1px solid var(--hs-line);
      }
      td.edit {
        padding: 0;
      }
      td input {
        display: block;
        width: 100%;
        min-width: 56px;
        height: 27px;
        padding: 0 4px;
        border: 0;
        border-radius: 0;
        text-align: right;
        background: var(--hs-field);
      }
      td input[aria-invalid='true'] {
        outline: 2px solid var(--hs-error);
        outline-offset: -2px;
      }
      td.part {
        background: var(--hs-accent-soft);
      }
      td.part input {
        background: transparent;
      }
      td.chosen {
        box-shadow: inset 0 0 0 2px var(--hs-accent);
      }
      td:focus-visible {
        outline-offset: -2px;
      }
      td.masked {
        color: var(--hs-muted);
        background: repeating-linear-gradient(135deg, transparent 0 4px, var(--hs-line) 4px 5px);
      }
      @media (forced-colors: active) {
        td.part {
          background: Mark;
          color: MarkText;
        }
        td.chosen {
          outline: 2px solid Highlight;
          outline-offset: -2px;
        }
      }
    `,
  ];

  /** (rows, columns) */
  declare values: Tensor;
  /** What stands above it. */
  declare heading: TemplateResult | string;
  declare rowNames: readonly string[] | null;
  declare columnNames: readonly string[] | null;
  /** What it is called where its cells are read out: "W Q". */
  declare label: string;
  declare editable: boolean;
  /** Cells that are lit, by cellName(). */
  declare marks: ReadonlySet<string>;
  declare chosen: CellPlace | null;
  /** Cells that are masked: hatched. */
  declare masked: ((place: CellPlace) => boolean) | null;
  /** A colour behind a number, or null; numbers keep their own colour, so pale ones. */
  declare shade: ((value: number) => string | null) | null;

  private cursor: CellPlace = { row: 0, column: 0 };

  constructor() {
    super();
    this.values = { data: new Float32Array(), shape: [0, 0] };
    this.heading = '';
    this.rowNames = null;
    this.columnNames = null;
    this.label = '';
    this.editable = false;
    this.marks = new Set();
    this.chosen = null;
    this.masked = null;
    this.shade = null;
  }

  protected override updated(): void {
    if (!this.shade) return;
    // By script: a strict policy forbids style attributes.
    const cells = this.renderRoot.querySelectorAll<HTMLElement>('td');
    this.values.data.forEach((value, index) => {
      const cell = cells[index];
      if (cell) cell.style.backgroundColor = this.shade?.(value) ?? '';
    });
  }

  protected override render(): TemplateResult {
    const [rows = 0, columns = 0] = this.values.shape;
    const { columnNames, rowNames } = this;
    return html`<figure>
      ${this.heading === '' ? nothing : html`<figcaption>${this.heading}</figcaption>`}
      <table aria-label=${this.label || nothing} @keydown=${this.onKey} @pointerleave=${() => this.point(null)}>
        ${
          columnNames
            ? html`<thead>
                <tr>
                  ${rowNames ? html`<th><span class="hidden">${msg('row')}</span></th>` : nothing}
                  ${columnNames.map((name) => html`<th scope="col" title=${name}>${name}</th>`)}
                </tr>
              </thead>`
            : nothing
        }
        <tbody>
          ${Array.from(
            { length: rows },
            (_, row) =>
              html`<tr>
                ${rowNames ? html`<th scope="row" title=${rowNames[row] ?? ''}>${rowNames[row]}</th>` : nothing}
                ${Array.from({ length: columns }, (__, column) => this.cell({ row, column }, columns))}
              </tr>`,
          )}
        </tbody>
      </table>
    </figure>`;
  }

  private cell(place: CellPlace, columns: number): TemplateResult {
    const { row, column } = place;
    const value = this.values.data[row * columns + column] ?? NaN;
    const masked = this.masked?.(place) === true;
    const classes = [
      this.marks.has(cellName(place)) ? 'part' : '',
      this.chosen?.row === row && this.chosen.column === column ? 'chosen' : '',
      masked ? 'masked' : '',
      this.editable ? 'edit' : '',
    ].join(' ');
    const point = (): void => this.point({ ...place, pinned: false });
    if (this.editable) {
      return html`<td class=${classes} @pointerenter=${point}>
        <input
          inputmode="decimal"
          autocomplete="off"
          maxlength="24"
          size="4"
          data-row=${row}
          data-column=${column}
          tabindex=${this.stop(place)}
          aria-label=${msg(str`${this.label}, row ${row + 1}, column ${column + 1}`)}
          .value=${live(this.shown(place, value))}
          @focus=${this.onFocusField}
          @input=${this.onEdit}
          @blur=${this.onBlur}
        />
      </td>`;
    }
    return html`<td
      class=${classes}
      data-row=${row}
      data-column=${column}
      tabindex=${this.stop(place)}
      @pointerenter=${point}
      @focus=${() => {
        this.cursor = place;
        this.requestUpdate();
        point();
      }}
      @blur=${() => this.point(null)}
      @click=${() => this.point({ ...place, pinned: true })}
    >
      ${masked ? html`<span title=${msg('masked')}>${threeDigits(value)}</span>` : threeDigits(value)}
    </td>`;
  }

  private stop({ row, column }: CellPlace): 0 | -1 {
    return this.cursor.row === row && this.cursor.column === column ? 0 : -1;
  }

  private point(detail: MatrixPoint): void {
    this.dispatchEvent(new CustomEvent<MatrixPoint>('matrix-point', { detail, bubbles: true, composed: true }));
  }

  /** What a field shows: the number, or what is being typed into it. */
  private shown({ row, column }: CellPlace, value: number): string {
    const input = this.shadowRoot?.activeElement;
    const typing =
      input instanceof HTMLInputElement && input.dataset.row === String(row) && input.dataset.column === String(column);
    if (!typing) return threeDigits(value).replace('−', '-');
    const typed = readNumber(input.value);
    // Half a number, or this one written in another way, stays as it is typed.
    return typed === null || typed === value ? input.value : threeDigits(value).replace('−', '-');
  }

  private static placeOf(cell: HTMLElement): CellPlace {
    return { row: Number(cell.dataset.row), column: Number(cell.dataset.column) };
  }

  private onFocusField(event: FocusEvent): void {
    const input = event.target as HTMLInputElement;
    this.cursor = HsMatrix.placeOf(input);
    this.requestUpdate();
    this.point({ ...this.cursor, pinned: false });
    input.select();
  }

  private onEdit(event: Event): void {
    const input = event.target as HTMLInputElement;
    const value = readNumber(input.value);
    if (value === null) {
      input.setAttribute('aria-invalid', 'true');
      return;
    }
    input.removeAttribute('aria-invalid');
    const detail: MatrixEdit = { ...HsMatrix.placeOf(input), value };
    this.dispatchEvent(new CustomEvent<MatrixEdit>('matrix-edit', { detail, bubbles: true, composed: true }));
  }

  private onBlur(event: FocusEvent): void {
    (event.target as HTMLInputElement).removeAttribute('aria-invalid');
    this.requestUpdate();
    this.point(null);
  }

  private onKey(event: KeyboardEvent): void {
    const cell = event.target;
    if (!(cell instanceof HTMLElement) || event.ctrlKey || event.metaKey || event.altKey) return;
    const { row, column } = HsMatrix.placeOf(cell);
    const input = cell instanceof HTMLInputElement ? cell : null;
    const whole = !input || (input.selectionStart === 0 && input.selectionEnd === input.value.length);
    let to: [number, number] | null = null;
    if (event.key === 'ArrowUp') to = [row - 1, column];
    else if (event.key === 'ArrowDown' || (event.key === 'Enter' && input)) to = [row + 1, column];
    else if (event.key === 'ArrowLeft' && whole) to = [row, column - 1];
    else if (event.key === 'ArrowRight' && whole) to = [row, column + 1];
    else if (!input && (event.key === 'Enter' || event.key === ' ')) {
      event.preventDefault();
      this.point({ row, column, pinned: true });
      return;
    }
    const next = to && this.renderRoot.querySelector<HTMLElement>(`[data-row="${to[0]}"][data-column="${to[1]}"]`);
    if (!next) return;
    event.preventDefault();
    next.focus();
  }
}

customElements.define('hs-matrix', HsMatrix);
