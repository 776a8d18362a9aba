import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { msg, str } from '@lit/localize';
import type { Tensor } from 'headscope';
import type { Controls } from '../controls.js';
import type { Feed } from '../feed.js';
import { formStyles } from '../form-styles.js';
import { normals } from '../seeded.js';
import { grouped } from '../three-digits.js';
import { readNumber, readPaste, type PastedBlock } from './vectors-paste.js';
import { VECTORS_PRESETS, type VectorsContent, type VectorsPreset } from './vectors-presets.js';

export const ROW_LIMIT = 64;
export const COLUMN_LIMIT = 16;
const PASTE_LIMIT = 200_000;
const NAME_LIMIT = 40;
const CELL_TEXT_LIMIT = 24;

export type ProjectionRole = 'query' | 'key' | 'value';
const ROLES: readonly ProjectionRole[] = ['query', 'key', 'value'];

interface BadCell {
  readonly row: number;
  readonly column: number;
  readonly text: string;
}

function clipped(text: string, limit: number): string {
  return text.length > limit ? `${text.slice(0, limit)}…` : text;
}

function tokenName(row: number): string {
  return msg(str`token ${row + 1}`);
}

function isPending(text: string): boolean {
  return /^[+\-−–]?[.,]?$/.test(text.trim());
}

function tensor(rows: readonly (readonly number[])[], width: number): Tensor {
  return { data: Float32Array.from(rows.flat()), shape: [rows.length, width] };
}

/** Whole numbers between -2 and 2, for columns that a new head needs: easy to follow by hand, and never flat. */
function smallNumbers(count: number, seed: number): number[] {
  return [...normals(count, seed, 1)].map((value) => Math.max(-2, Math.min(2, Math.round(value))) + 0);
}

/** A content out of a link, or null where it does not hold together. */
function readContent(value: unknown): VectorsContent | null {
  if (typeof value !== 'object' || value === null) return null;
  const given = value as Partial<Record<keyof VectorsContent, unknown>>;
  const rowsOf = (rows: unknown, test: (cell: unknown) => boolean): boolean =>
    Array.isArray(rows) && rows.every((row) => Array.isArray(row) && row.every(test));
  const isText = (cell: unknown): boolean => typeof cell === 'string' && cell.length <= CELL_TEXT_LIMIT;
  const isNumber = (cell: unknown): boolean => typeof cell === 'number' && Number.isFinite(cell);
  if (!Array.isArray(given.tokens) || !given.tokens.every((name) => typeof name === 'string')) return null;
  if (!rowsOf(given.cells, isText) || !ROLES.every((role) => rowsOf(given[role], isNumber))) return null;
  const content = given as unknown as VectorsContent;
  const dim = content.cells[0]?.length ?? 0;
  const width = content.query[0]?.length ?? 0;
  const fits =
    content.tokens.length === content.cells.length &&
    content.tokens.length <= ROW_LIMIT &&
    dim >= 1 &&
    dim <= COLUMN_LIMIT &&
    width >= 1 &&
    content.cells.every((row) => row.length === dim) &&
    ROLES.every((role) => content[role].length === dim && content[role].every((row) => row.length === width));
  return fits ? { ...content, tokens: content.tokens.map((name) => name.slice(0, NAME_LIMIT)) } : null;
}

/** The table of the Vectors tab: one row per token, one column per number. */
export class VectorsInput extends LitElement {
  static override properties = {
    content: { state: true },
    refusal: { state: true },
    note: { state: true },
    projectionColumns: { type: Number },
  };

  static override styles = [
    formStyles,
    css`
      :host {
        display: block;
      }
      .scroll {
        position: relative;
        overflow-x: auto;
        margin: 0 -4px;
        padding: 0 4px;
      }
      table {
        border-collapse: collapse;
      }
      th {
        font-weight: normal;
        color: var(--hs-muted);
        padding: 0;
        text-align: center;
      }
      td,
      tbody th {
        padding: 0;
      }
      input {
        width: 56px;
        height: 32px;
        padding: 0 8px;
        border: 1px solid var(--hs-line);
        border-radius: 0;
        margin: 0 -1px -1px 0;
        text-align: right;
        font-variant-numeric: tabular-nums;
      }
      input.name {
        width: 88px;
        text-align: left;
        padding-left: 4px;
        margin-left: -4px;
        border-color: transparent;
        background: transparent;
        color: var(--hs-fg);
      }
      input:hover {
        border-color: var(--hs-edge);
        position: relative;
      }
      input:focus-visible {
        position: relative;
      }
      input[aria-invalid='true'] {
        position: relative;
        border-color: var(--hs-error);
        box-shadow: inset 0 0 0 1px var(--hs-error);
        color: var(--hs-error);
      }
      .remove button,
      th button {
        width: 24px;
        height: 24px;
        padding: 0;
        color: var(--hs-muted);
        text-decoration: none;
        opacity: 0;
      }
      table:hover .remove button,
      table:hover th button,
      .remove button:focus-visible,
      th button:focus-visible {
        opacity: 1;
      }
      .remove button:hover,
      th button:hover {
        color: var(--hs-error);
      }
      @media (hover: none) {
        .remove button,
        th button {
          opacity: 1;
        }
      }
      p {
        margin: 8px 0 0;
      }
      p.first {
        margin: 0 0 8px;
      }
      .number {
        display: block;
        line-height: 24px;
        padding-right: 8px;
        text-align: right;
      }
    `,
  ];

  declare projectionColumns: number;
  declare private content: VectorsContent;
  declare private refusal: string;
  declare private note: string;
  private preset: VectorsPreset | null = VECTORS_PRESETS[0];

  constructor() {
    super();
    this.content = VECTORS_PRESETS[0].content;
    this.projectionColumns = VECTORS_PRESETS[0].heads * VECTORS_PRESETS[0].headDim;
    this.refusal = '';
    this.note = '';
  }

  get state(): VectorsContent {
    return this.content;
  }

  set state(value: unknown) {
    const content = readContent(value);
    if (!content) return;
    this.preset = VECTORS_PRESETS.find((preset) => JSON.stringify(preset.content) === JSON.stringify(content)) ?? null;
    this.content = content;
    this.projectionColumns = content.query[0]?.length ?? this.projectionColumns;
    this.refusal = '';
    this.note = '';
    this.announce();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.announce();
  }

  /** Sets one number of a projection matrix. */
  setProjection(role: ProjectionRole, row: number, column: number, value: number): void {
    const matrix = this.content[role].map((numbers, index) => {
      return index === row ? numbers.map((number, at) => (at === column ? value : number)) : numbers;
    });
    this.change({ [role]: matrix });
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (!changed.has('projectionColumns')) return;
    const before = this.content.query[0]?.length ?? 0;
    if (before === this.projectionColumns) return;
    this.content = { ...this.content, ...this.resizedProjections(this.width, this.projectionColumns) };
    this.announce();
  }

  protected override render(): TemplateResult {
    const { tokens, cells } = this.content;
    const bad = this.badCells();
    const marked = new Set(bad.map((cell) => `${cell.row},${cell.column}`));
    const message = this.refusal || this.messageFor(bad);
    return html`
      <p class="first">${this.preset?.description ?? this.invitation()}</p>
      <div class="scroll">
        <table
          @keydown=${this.onKey}
          @paste=${this.onPaste}
          @input=${this.onInput}
          @focusout=${() => this.requestUpdate()}
        >
          <thead>
            <tr>
              <th scope="col"><span class="hidden">${msg('token')}</span></th>
              ${cells[0]?.map((_, column) => html`<th scope="col"><span class="number">${column + 1}</span></th>`)}
              <td class="remove"></td>
            </tr>
          </thead>
          <tbody>
            ${cells.map((row, at) => {
              const name = tokens[at] ?? '';
              return html`<tr>
                <th scope="row">
                  <input
                    class="name"
                    dir="auto"
                    data-row=${at}
                    data-column="-1"
                    maxlength=${NAME_LIMIT}
                    aria-label=${msg(str`Name of token ${at + 1}`)}
                    .value=${live(name)}
                    @focus=${this.onFocus}
                    autocomplete="off"
                    spellcheck="false"
                  />
                </th>
                ${row.map((text, column) => {
                  const wrong = marked.has(`${at},${column}`);
                  return html`<td>
                    <input
                      inputmode="decimal"
                      data-row=${at}
                      data-column=${column}
                      maxlength=${CELL_TEXT_LIMIT}
                      aria-label=${msg(str`${name || tokenName(at)}, number ${column + 1}`)}
                      aria-invalid=${wrong ? 'true' : nothing}
                      aria-describedby=${wrong ? 'error' : nothing}
                      .value=${live(text)}
                      @focus=${this.onFocus}
                      autocomplete="off"
                    />
                  </td>`;
                })}
                <td class="remove">
                  ${
                    cells.length > 1
                      ? html`<button
                          class="plain"
                          aria-label=${msg(str`Remove row ${name || at + 1}`)}
                          title=${msg('Remove this row')}
                          @click=${() => this.removeRow(at)}
                        >
                          ×
                        </button>`
                      : nothing
                  }
                </td>
              </tr>`;
            })}
            ${
              this.width > 1
                ? html`<tr>
                    <td class="remove"></td>
                    ${cells[0]?.map(
                      (_, column) =>
                        html`<td class="remove" align="right">
                          <button
                            class="plain"
                            aria-label=${msg(str`Remove column ${column + 1}`)}
                            title=${msg('Remove this column')}
                            @click=${() => this.removeColumn(column)}
                          >
                            ×
                          </button>
                        </td>`,
                    )}
                  </tr>`
                : nothing
            }
          </tbody>
        </table>
      </div>
      ${message ? html`<p class="error" id="error" role="alert">${message}</p>` : nothing}
      ${this.note && !message ? html`<p class="note" role="status">${this.note}</p>` : nothing}
      <p class="links">
        <button class="plain" ?disabled=${cells.length >= ROW_LIMIT} @click=${this.addRow}>${msg('add row')}</button>
        <button class="plain" ?disabled=${this.width >= COLUMN_LIMIT} @click=${this.addColumn}>
          ${msg('add column')}
        </button>
        <span class="note">${msg('or paste from a spreadsheet')}</span>
      </p>
      <p class="links">
        <span class="note">${msg('Examples:')}</span>
        ${VECTORS_PRESETS.map(
          (preset) =>
            html`<button
              class="plain"
              aria-pressed=${this.preset === preset ? 'true' : 'false'}
              @click=${() => this.choose(preset)}
            >
              ${preset.name}
            </button>`,
        )}
      </p>
    `;
  }

  private invitation(): string {
    const { length } = this.content.cells;
    const tokens = length === 1 ? msg('One token') : msg(str`${length} tokens`);
    const numbers = this.width === 1 ? msg('one number each') : msg(str`${this.width} numbers each`);
    return msg(str`${tokens}, ${numbers}. Change any number and watch where each token looks.`);
  }

  private get width(): number {
    return this.content.cells[0]?.length ?? 0;
  }

  private badCells(): BadCell[] {
    const bad: BadCell[] = [];
    const focused = this.shadowRoot?.activeElement;
    this.content.cells.forEach((cells, row) =>
      cells.forEach((text, column) => {
        if (readNumber(text) !== null) return;
        const typing =
          focused instanceof HTMLInputElement &&
          focused.dataset.row === String(row) &&
          focused.dataset.column === String(column) &&
          isPending(text);
        if (!typing) bad.push({ row, column, text });
      }),
    );
    return bad;
  }

  private messageFor(bad: readonly BadCell[]): string {
    const [first] = bad;
    if (!first) return '';
    const name = this.content.tokens[first.row] || tokenName(first.row);
    const got = first.text.trim() === '' ? msg('nothing') : msg(str`“${first.text}”`);
    const others = bad.length > 1 ? msg(str` ${bad.length - 1} more marked.`) : '';
    return msg(
      str`Row “${name}”, number ${first.column + 1}: expected a number, got ${got}.${others} The picture shows the last complete table.`,
    );
  }

  /** Tells the page, unless a cell is not a number (yet). */
  private announce(): void {
    const { tokens, cells, query, key, value } = this.content;
    const numbers = cells.map((row) => row.map(readNumber));
    const rows = numbers.map((row) => row.filter((number) => number !== null));
    if (rows.some((row) => row.length !== this.width)) return;
    const columns = query[0]?.length ?? 0;
    const detail: Feed = {
      kind: 'vectors',
      x: tensor(rows, this.width),
      tokens: tokens.map((name, row) => name || String(row + 1)),
      projections: { query: tensor(query, columns), key: tensor(key, columns), value: tensor(value, columns) },
      source: this.preset ? `example “${this.preset.name}”` : 'the table',
    };
    this.dispatchEvent(new CustomEvent<Feed>('feed', { detail, bubbles: true, composed: true }));
  }

  private change(part: Partial<VectorsContent>): void {
    this.preset = null;
    this.content = { ...this.content, ...part };
    this.refusal = '';
    this.note = '';
    this.announce();
  }

  /** The projections with `dim` rows and `columns` columns; what is new is filled so that old heads keep their picture. */
  private resizedProjections(dim: number, columns: number): Pick<VectorsContent, ProjectionRole> {
    const resized = (role: ProjectionRole): number[][] => {
      const old = this.content[role];
      const before = old[0]?.length ?? 0;
      const fresh = smallNumbers(COLUMN_LIMIT * Math.max(0, columns - before), ROLES.indexOf(role) + 1);
      return Array.from({ length: dim }, (_, row) =>
        Array.from({ length: columns }, (__, column) => {
          if (column < before) return old[row]?.[column] ?? 0;
          return fresh[(column - before) * COLUMN_LIMIT + row] ?? 0;
        }),
      );
    };
    return { query: resized('query'), key: resized('key'), value: resized('value') };
  }

  private choose(preset: VectorsPreset): void {
    this.change(preset.content);
    this.preset = preset;
    this.projectionColumns = preset.heads * preset.headDim;
    const detail: Partial<Controls> = { heads: preset.heads, headDim: preset.headDim, projections: 'own' };
    this.dispatchEvent(
      new CustomEvent<Partial<Controls>>('suggest-controls', { detail, bubbles: true, composed: true }),
    );
    this.announce();
  }

  private addRow(): void {
    const tokens = [...this.content.tokens, tokenName(this.content.tokens.length)];
    this.change({ tokens, cells: [...this.content.cells, Array<string>(this.width).fill('1')] });
    void this.focusCell(tokens.length - 1, 0);
  }

  private addColumn(): void {
    const cells = this.content.cells.map((row) => [...row, '0']);
    const columns = this.content.query[0]?.length ?? 1;
    this.change({ cells, ...this.resizedProjections(this.width + 1, columns) });
    void this.focusCell(0, this.width - 1);
  }

  private removeRow(at: number): void {
    const without = <Item>(items: readonly Item[]): Item[] => items.filter((_, row) => row !== at);
    this.change({ tokens: without(this.content.tokens), cells: without(this.content.cells) });
    void this.focusCell(Math.min(at, this.content.cells.length - 1), 0);
  }

  private removeColumn(at: number): void {
    const without = <Item>(items: readonly Item[]): Item[] => items.filter((_, column) => column !== at);
    this.change({
      cells: this.content.cells.map(without),
      query: without(this.content.query),
      key: without(this.content.key),
      value: without(this.content.value),
    });
    void this.focusCell(0, Math.min(at, this.width - 1));
  }

  private async focusCell(row: number, column: number): Promise<void> {
    await this.updateComplete;
    const selector = `input[data-row="${row}"][data-column="${column}"]`;
    this.shadowRoot?.querySelector<HTMLInputElement>(selector)?.focus();
  }

  private onFocus(event: FocusEvent): void {
    (event.target as HTMLInputElement).select();
  }

  private static placeOf(input: HTMLInputElement): { row: number; column: number } {
    return { row: Number(input.dataset.row), column: Number(input.dataset.column) };
  }

  private onInput(event: InputEvent): void {
    const input = event.target as HTMLInputElement;
    const { row, column } = VectorsInput.placeOf(input);
    if (column < 0) {
      this.change({ tokens: this.content.tokens.map((name, at) => (at === row ? input.value : name)) });
      return;
    }
    const cells = this.content.cells.map((texts, at) =>
      at === row ? texts.map((text, index) => (index === column ? input.value : text)) : texts,
    );
    this.change({ cells });
  }

  /** Arrows move between cells; sideways only from the edge of the text, or while it is selected whole. */
  private onKey(event: KeyboardEvent): void {
    const input = event.target;
    if (!(input instanceof HTMLInputElement) || event.ctrlKey || event.metaKey || event.altKey) return;
    const { row, column } = VectorsInput.placeOf(input);
    const whole = input.selectionStart === 0 && input.selectionEnd === input.value.length;
    const atStart = whole || (input.selectionStart === 0 && input.selectionEnd === 0);
    const atEnd = whole || (input.selectionStart === input.value.length && input.selectionEnd === input.value.length);
    let target: [number, number] | null = null;
    if (event.key === 'ArrowUp' || (event.key === 'Enter' && event.shiftKey)) target = [row - 1, column];
    else if (event.key === 'ArrowDown' || event.key === 'Enter') target = [row + 1, column];
    else if (event.key === 'ArrowLeft' && atStart && !event.shiftKey) target = [row, column - 1];
    else if (event.key === 'ArrowRight' && atEnd && !event.shiftKey) target = [row, column + 1];
    if (!target) return;
    event.preventDefault();
    void this.focusCell(...target);
  }

  private onPaste(event: ClipboardEvent): void {
    const input = event.target;
    const text = event.clipboardData?.getData('text/plain') ?? '';
    if (!(input instanceof HTMLInputElement)) return;
    if (text.length > PASTE_LIMIT) {
      event.preventDefault();
      this.refusal = msg(
        str`Paste: expected at most ${ROW_LIMIT} rows of ${COLUMN_LIMIT} numbers, got ${grouped(text.length)} characters. Nothing was changed; larger tables go into the File tab.`,
      );
      return;
    }
    const block = readPaste(text);
    if (!block) return;
    event.preventDefault();
    this.place(block, VectorsInput.placeOf(input));
  }

  /** Lays a pasted block over the table from one cell on, and makes the table larger where the block is. */
  private place(block: PastedBlock, at: { row: number; column: number }): void {
    const { tokens, cells } = this.content;
    const left = block.names ? 0 : Math.max(0, at.column);
    const blockWidth = Math.max(0, ...block.rows.map((row) => row.length));
    const height = Math.max(cells.length, at.row + block.rows.length);
    const width = Math.max(this.width, left + blockWidth);
    if (height > ROW_LIMIT || width > COLUMN_LIMIT) {
      this.refusal = msg(
        str`Paste: expected at most ${ROW_LIMIT} rows of ${COLUMN_LIMIT} numbers, got ${grouped(height)} rows of ${grouped(width)}. Nothing was changed; larger tables go into the File tab.`,
      );
      return;
    }
    if (blockWidth === 0) return;
    const fill = (row: number, column: number): string => {
      const pasted = block.rows[row - at.row];
      if (pasted && column >= left && column < left + blockWidth) {
        // A row that is too short leaves its cells empty: they are marked, and the sentence says which.
        return (pasted[column - left] ?? '').slice(0, CELL_TEXT_LIMIT);
      }
      return cells[row]?.[column] ?? '0';
    };
    const columns = this.content.query[0]?.length ?? 1;
    this.change({
      tokens: Array.from({ length: height }, (_, row) => {
        return clipped(block.names?.[row - at.row] ?? tokens[row] ?? tokenName(row), NAME_LIMIT - 1);
      }),
      cells: Array.from({ length: height }, (_, row) =>
        Array.from({ length: width }, (__, column) => fill(row, column)),
      ),
      ...this.resizedProjections(width, columns),
    });
    this.note =
      msg(str`Pasted ${block.rows.length} × ${blockWidth} numbers.`) +
      (block.header ? msg(' The first row was read as column names.') : '') +
      (block.names ? msg(' The first column was read as token names.') : '');
  }
}

customElements.define('hs-vectors-input', VectorsInput);
