import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { msg, str } from '@lit/localize';
import type { Tensor } from 'headscope';
import type { ProjectionRole } from './inputs/vectors-input.js';
import { readNumber } from './inputs/vectors-paste.js';
import { formStyles } from './form-styles.js';
import { dimension } from './problem.js';
import { threeDigits } from './three-digits.js';

/** One head, worked out step by step. */
export interface Trace {
  readonly head: number;
  readonly tokens: readonly string[];
  /** (L, dim) */
  readonly x: Tensor;
  /** (dim, D) each. */
  readonly projections: Readonly<Record<ProjectionRole, Tensor>>;
  /** (L, D) */
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
  /** (L, L), scaled, before the mask. */
  readonly scores: Tensor;
  readonly weights: Tensor;
  readonly output: Tensor;
  readonly scale: number;
  readonly causal: boolean;
  readonly positions: boolean;
  /** The projections may be typed into. */
  readonly editable: boolean;
}

/** Matrices larger than this are not written out. */
export const STEPS_LIMIT = 16;

/** The detail of `projection-edit`. */
export interface ProjectionEdit {
  readonly role: ProjectionRole;
  readonly row: number;
  readonly column: number;
  readonly value: number;
}

type MatrixId = 'x' | `w-${ProjectionRole}` | ProjectionRole | 'scores' | 'weights' | 'output';

interface Place {
  readonly matrix: MatrixId;
  readonly row: number;
  readonly column: number;
}

const LETTER: Record<ProjectionRole, string> = { query: 'Q', key: 'K', value: 'V' };
const ROLE_NAMES: Record<ProjectionRole, string> = { query: msg('query'), key: msg('key'), value: msg('value') };

function at(tensor: Tensor, row: number, column: number): number {
  return tensor.data[row * dimension(tensor, -1) + column] ?? NaN;
}

/** A factor in a sum: negative numbers in brackets. */
function factor(value: number): string {
  const text = threeDigits(value);
  return value < 0 ? `(${text})` : text;
}

function products(left: readonly number[], right: readonly number[]): string {
  return left.map((value, index) => `${factor(value)}·${factor(right[index] ?? NaN)}`).join(' + ');
}

/** The row of small matrices X → Q, K, V → scores → weights → output, each number with the sum that made it. */
export class HsSteps extends LitElement {
  static override properties = {
    trace: { attribute: false },
    lit: { attribute: false },
    own: { state: true },
  };

  static override styles = [
    formStyles,
    css`
      :host {
        display: block;
      }
      h2 {
        font-size: 18px;
        line-height: 24px;
        font-weight: 600;
        margin: 0 0 8px;
      }
      .row {
        position: relative;
        display: flex;
        gap: 24px 20px;
        overflow-x: auto;
        padding: 2px;
        align-items: flex-start;
      }
      .stack {
        display: grid;
        gap: 16px;
        flex: none;
      }
      .arrow {
        color: var(--hs-muted);
        line-height: 24px;
        flex: none;
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
        max-width: 56px;
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
        width: 48px;
        height: 27px;
        padding: 0 6px;
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
      .sum {
        margin: 16px 0 0;
        min-height: 48px;
        max-width: 90ch;
        overflow-wrap: anywhere;
        font-variant-numeric: tabular-nums;
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

  declare trace: Trace | null;
  /** The cell that the page's matrix shows as chosen: lit here while the pointer is elsewhere. */
  declare lit: { readonly query: number; readonly key: number } | null;
  declare private own: Place | null;

  constructor() {
    super();
    this.trace = null;
    this.lit = null;
    this.own = null;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { trace } = this;
    if (!trace) return nothing;
    const length = dimension(trace.x, 0);
    const dim = dimension(trace.x, 1);
    const headDim = dimension(trace.query, -1);
    const title = html`<h2 id="title">${msg(str`How head ${trace.head} comes about, number by number`)}</h2>`;
    if (Math.max(length, dim, headDim) > STEPS_LIMIT) {
      return html`${title}
        <p class="note">
          ${msg(
            str`The steps are written out for up to ${STEPS_LIMIT} tokens of up to ${STEPS_LIMIT} numbers; here are ${length} of ${dim}.`,
          )}
        </p>`;
    }
    const parts = new Set(this.partsOf(this.place).map((place) => `${place.matrix},${place.row},${place.column}`));
    const roles: readonly ProjectionRole[] = ['query', 'key', 'value'];
    const draw = (id: MatrixId, tensor: Tensor, caption: TemplateResult, columns: readonly string[] | null) =>
      this.matrix(id, tensor, caption, columns, parts);
    return html`${title}
      <div class="row" role="group" aria-labelledby="title" @pointerleave=${() => (this.own = null)}>
        <div class="stack">
          ${draw('x', trace.x, html`X<span class="note">${trace.positions ? msg('with positions') : msg('tokens')}</span>`, null)}
        </div>
        <div class="arrow" aria-hidden="true">→</div>
        <div class="stack">
          ${roles.map((role) =>
            draw(
              `w-${role}`,
              trace.projections[role],
              html`W<sub>${LETTER[role]}</sub>${
                trace.editable && role === 'query' ? html`<span class="note">${msg('edit these, too')}</span>` : nothing
              }`,
              null,
            ),
          )}
        </div>
        <div class="arrow" aria-hidden="true">→</div>
        <div class="stack">
          ${roles.map((role) =>
            draw(
              role,
              trace[role],
              html`${LETTER[role]} = X W<sub>${LETTER[role]}</sub><span class="note">${ROLE_NAMES[role]}</span>`,
              null,
            ),
          )}
        </div>
        <div class="arrow" aria-hidden="true">→</div>
        <div class="stack">
          ${draw('scores', trace.scores, msg(html`scores = Q Kᵀ × ${threeDigits(trace.scale)}`), trace.tokens)}
          ${draw('weights', trace.weights, msg(html`weights = softmax of each row`), trace.tokens)}
        </div>
        <div class="arrow" aria-hidden="true">→</div>
        <div class="stack">${draw('output', trace.output, msg(html`output = weights × V`), null)}</div>
      </div>
      <p class="sum">${this.sentence(this.place)}</p>`;
  }

  private get place(): Place | null {
    return this.own ?? (this.lit ? { matrix: 'weights', row: this.lit.query, column: this.lit.key } : null);
  }

  private matrix(
    id: MatrixId,
    tensor: Tensor,
    caption: TemplateResult,
    columns: readonly string[] | null,
    parts: ReadonlySet<string>,
  ): TemplateResult {
    const rows = dimension(tensor, -2);
    const width = dimension(tensor, -1);
    const role = id.startsWith('w-') ? (id.slice(2) as ProjectionRole) : null;
    const tokens = this.trace?.tokens ?? [];
    const chosen = this.place;
    // One tab stop in each matrix: the chosen cell, or its first.
    const stop = this.own?.matrix === id ? this.own : { row: 0, column: 0 };
    return html`<figure>
      <figcaption>${caption}</figcaption>
      <table @keydown=${(event: KeyboardEvent) => this.onKey(event, rows, width)}>
        ${
          columns
            ? html`<thead>
                <tr>
                  <th><span class="hidden">${ROLE_NAMES.query}</span></th>
                  ${columns.map((name) => html`<th scope="col" title=${name}>${name}</th>`)}
                </tr>
              </thead>`
            : nothing
        }
        <tbody>
          ${Array.from(
            { length: rows },
            (_, row) =>
              html`<tr>
                ${role ? nothing : html`<th scope="row" title=${tokens[row] ?? ''}>${tokens[row]}</th>`}
                ${Array.from({ length: width }, (__, column) => {
                  const value = at(tensor, row, column);
                  const masked = this.trace?.causal === true && column > row && (id === 'weights' || id === 'scores');
                  const here = chosen?.matrix === id && chosen.row === row && chosen.column === column;
                  const classes = [
                    parts.has(`${id},${row},${column}`) ? 'part' : '',
                    here ? 'chosen' : '',
                    masked ? 'masked' : '',
                    role && this.trace?.editable ? 'edit' : '',
                  ].join(' ');
                  const choose = (): void => {
                    this.own = { matrix: id, row, column };
                  };
                  if (role && this.trace?.editable) {
                    return html`<td class=${classes} @pointerenter=${choose}>
                      <input
                        inputmode="decimal"
                        autocomplete="off"
                        maxlength="24"
                        data-row=${row}
                        data-column=${column}
                        aria-label=${msg(str`W ${LETTER[role]}, row ${row + 1}, column ${column + 1}`)}
                        .value=${live(this.shown(role, row, column, value))}
                        @focus=${(event: FocusEvent) => {
                          choose();
                          (event.target as HTMLInputElement).select();
                        }}
                        @input=${(event: Event) => this.onEdit(event.target as HTMLInputElement, role, row, column)}
                        @blur=${this.onBlur}
                      />
                    </td>`;
                  }
                  return html`<td
                    class=${classes}
                    data-row=${row}
                    data-column=${column}
                    tabindex=${stop.row === row && stop.column === column ? 0 : -1}
                    @pointerenter=${choose}
                    @focus=${choose}
                  >
                    ${masked ? html`<span title=${msg('masked')}>${id === 'weights' ? '0' : threeDigits(value)}</span>` : threeDigits(value)}
                  </td>`;
                })}
              </tr>`,
          )}
        </tbody>
      </table>
    </figure>`;
  }

  /** What a field shows: the number, or what is being typed into it. */
  private shown(role: ProjectionRole, row: number, column: number, value: number): string {
    const input = this.shadowRoot?.activeElement;
    const typing =
      input instanceof HTMLInputElement &&
      input.closest('figure') !== null &&
      this.own?.matrix === `w-${role}` &&
      input.dataset.row === String(row) &&
      input.dataset.column === String(column) &&
      this.own.row === row &&
      this.own.column === column;
    return typing ? input.value : threeDigits(value).replace('−', '-');
  }

  private onEdit(input: HTMLInputElement, role: ProjectionRole, row: number, column: number): void {
    const value = readNumber(input.value);
    if (value === null) {
      input.setAttribute('aria-invalid', 'true');
      return;
    }
    input.removeAttribute('aria-invalid');
    const detail: ProjectionEdit = { role, row, column, value };
    this.dispatchEvent(new CustomEvent<ProjectionEdit>('projection-edit', { detail, bubbles: true, composed: true }));
  }

  private onBlur(event: FocusEvent): void {
    (event.target as HTMLInputElement).removeAttribute('aria-invalid');
    this.own = null;
  }

  private onKey(event: KeyboardEvent, rows: number, width: number): void {
    const cell = event.target;
    if (!(cell instanceof HTMLElement) || event.ctrlKey || event.metaKey || event.altKey) return;
    const row = Number(cell.dataset.row);
    const column = Number(cell.dataset.column);
    const input = cell instanceof HTMLInputElement ? cell : null;
    const whole = !input || (input.selectionStart === 0 && input.selectionEnd === input.value.length);
    let target: [number, number] | null = null;
    if (event.key === 'ArrowUp') target = [row - 1, column];
    else if (event.key === 'ArrowDown' || (event.key === 'Enter' && input)) target = [row + 1, column];
    else if (event.key === 'ArrowLeft' && whole) target = [row, column - 1];
    else if (event.key === 'ArrowRight' && whole) target = [row, column + 1];
    else if (event.key === 'Escape') {
      this.own = null;
      return;
    }
    if (!target || target[0] < 0 || target[0] >= rows || target[1] < 0 || target[1] >= width) return;
    event.preventDefault();
    const table = event.currentTarget as HTMLElement;
    table.querySelector<HTMLElement>(`[data-row="${target[0]}"][data-column="${target[1]}"]`)?.focus();
  }

  /** The numbers that a number was made from. */
  private partsOf(place: Place | null): Place[] {
    const { trace } = this;
    if (!trace || !place) return [];
    const { matrix, row, column } = place;
    const whole = (id: MatrixId, count: number, pick: (index: number) => [number, number]): Place[] =>
      Array.from({ length: count }, (_, index) => {
        const [partRow, partColumn] = pick(index);
        return { matrix: id, row: partRow, column: partColumn };
      });
    const length = dimension(trace.x, 0);
    const dim = dimension(trace.x, 1);
    const headDim = dimension(trace.query, -1);
    switch (matrix) {
      case 'query':
      case 'key':
      case 'value':
        return [...whole('x', dim, (index) => [row, index]), ...whole(`w-${matrix}`, dim, (index) => [index, column])];
      case 'scores':
        return [
          ...whole('query', headDim, (index) => [row, index]),
          ...whole('key', headDim, (index) => [column, index]),
        ];
      case 'weights':
        return whole('scores', length, (index) => [row, index]);
      case 'output':
        return [
          ...whole('weights', length, (index) => [row, index]),
          ...whole('value', length, (index) => [index, column]),
        ];
      case 'x':
      case 'w-query':
      case 'w-key':
      case 'w-value':
        return [];
    }
  }

  private sentence(place: Place | null): TemplateResult {
    const { trace } = this;
    if (!trace || !place)
      return html`<span class="note">${msg('Point at a number to see the sum that made it.')}</span>`;
    const { matrix, row, column } = place;
    const token = trace.tokens[row] ?? '';
    const other = trace.tokens[column] ?? '';
    const length = dimension(trace.x, 0);
    const rowOf = (tensor: Tensor, index: number): number[] =>
      Array.from({ length: dimension(tensor, -1) }, (_, part) => at(tensor, index, part));
    const columnOf = (tensor: Tensor, index: number): number[] =>
      Array.from({ length: dimension(tensor, -2) }, (_, part) => at(tensor, part, index));
    const x = threeDigits(at(trace.x, row, column));
    switch (matrix) {
      case 'x':
        return trace.positions
          ? msg(html`X: number ${column + 1} of “${token}” is ${x}. Its position is already added.`)
          : msg(html`X: number ${column + 1} of “${token}” is ${x}. It is typed into the table above.`);
      case 'w-query':
      case 'w-key':
      case 'w-value': {
        const role = matrix.slice(2) as ProjectionRole;
        return html`W<sub>${LETTER[role]}</sub>${msg(
          str`: how much number ${row + 1} of a token counts in number ${column + 1} of its ${ROLE_NAMES[role]}: ${threeDigits(at(trace.projections[role], row, column))}.`,
        )}`;
      }
      case 'query':
      case 'key':
      case 'value':
        return msg(
          html`${LETTER[matrix]}: number ${column + 1} of the ${ROLE_NAMES[matrix]} of “${token}” is
          ${products(rowOf(trace.x, row), columnOf(trace.projections[matrix], column))} =
          ${threeDigits(at(trace[matrix], row, column))}.`,
        );
      case 'scores': {
        const dot = rowOf(trace.query, row).reduce((sum, part, index) => sum + part * at(trace.key, column, index), 0);
        return msg(
          html`Score of “${token}” for “${other}”: query times key, number by number, is
          ${products(rowOf(trace.query, row), rowOf(trace.key, column))} = ${threeDigits(Math.fround(dot))}; times
          ${threeDigits(trace.scale)} is ${threeDigits(at(trace.scores, row, column))}.`,
        );
      }
      case 'weights': {
        if (trace.causal && column > row) {
          return msg(html`Masked: “${token}” may not look ahead to “${other}”, so the weight is 0 whatever the score.`);
        }
        const last = trace.causal ? row : length - 1;
        const scores = rowOf(trace.scores, row).slice(0, last + 1);
        const power = (score: number): TemplateResult => html`e<sup>${threeDigits(score)}</sup>`;
        const sum = scores.map((score, index) => html`${index ? ' + ' : ''}${power(score)}`);
        return msg(
          html`Weight of “${token}” on “${other}”: ${power(scores[column] ?? NaN)} ÷ (${sum}) =
          ${threeDigits(at(trace.weights, row, column))}. The row adds up to 1.`,
        );
      }
      case 'output':
        return msg(
          html`Output: number ${column + 1} of “${token}” is
          ${products(rowOf(trace.weights, row), columnOf(trace.value, column))} =
          ${threeDigits(at(trace.output, row, column))}: everybody’s value, as much as “${token}” looks at them.`,
        );
    }
  }
}

customElements.define('hs-steps', HsSteps);
