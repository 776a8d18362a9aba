import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { msg, str } from '@lit/localize';
import type { Tensor } from 'headscope';
import type { ProjectionRole } from './inputs/vectors-input.js';
import { DrawnInTurn } from './chapters/kit/drawn-in-turn.js';
import { seenOnceDrawn } from './chapters/kit/seen-once-drawn.js';
import './chapters/kit/matrix.js';
import { cellName, type CellPlace, type MatrixEdit, type MatrixPoint } from './chapters/kit/matrix.js';
import { formStyles } from './form-styles.js';
import { dimension } from './problem.js';
import { threeDigits } from './three-digits.js';
import { NOTHING_TURNED, unseen, type Trace, type TraceKnobs, type Unseen, type Without } from './trace.js';

/** Matrices larger than this are not written out. */
export const STEPS_LIMIT = 16;

/** The detail of `projection-edit`. */
export interface ProjectionEdit {
  readonly role: ProjectionRole;
  readonly row: number;
  readonly column: number;
  readonly value: number;
}

type NamedMatrix = ProjectionRole | 'scores' | 'weights' | 'output';
type MatrixId = 'x' | `w-${ProjectionRole}` | NamedMatrix;

interface Place extends CellPlace {
  readonly matrix: MatrixId;
}

const ROLES: readonly ProjectionRole[] = ['query', 'key', 'value'];
const LETTER: Record<ProjectionRole, string> = { query: 'Q', key: 'K', value: 'V' };
const ROLE_NAMES: Record<ProjectionRole, string> = { query: msg('query'), key: msg('key'), value: msg('value') };
const MATRIX_NAMES: Record<NamedMatrix, string> = {
  ...ROLE_NAMES,
  scores: msg('scores'),
  weights: msg('weights'),
  output: msg('output'),
};

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

const rowOf = (tensor: Tensor, index: number): number[] =>
  Array.from({ length: dimension(tensor, -1) }, (_, part) => at(tensor, index, part));

function unseenSentence(why: Unseen, token: string, other: string, window: number): TemplateResult {
  switch (why) {
    case 'causal':
      return msg(html`Masked: “${token}” may not look ahead to “${other}”, so the weight is 0 whatever the score.`);
    case 'window':
      return msg(
        html`Masked: “${other}” is outside of the window, more than ${window} away from “${token}”, so the weight is 0
        whatever the score.`,
      );
    case 'hidden':
      return msg(html`Hidden: “${other}” is left out, and every row is shared out among the others.`);
  }
}

/** What a score goes through between scale·q·k and softmax, in short. */
function furtherSteps({ softcap, slope, temperature, rotated }: TraceKnobs): string {
  return [
    rotated ? msg('q and k turned to their positions') : '',
    softcap > 0 ? msg(str`softcap ${threeDigits(softcap)}`) : '',
    slope > 0 ? msg(str`− ${threeDigits(slope)} per token of distance`) : '',
    temperature === 1 ? '' : msg(str`÷ ${threeDigits(temperature)} (temperature)`),
  ]
    .filter((step) => step !== '')
    .join(msg(', '));
}

/** What the picture shows and the steps do not, in short. */
function notInSteps({ composite, topK, mass, compared }: Without): string {
  return [
    composite === 'mean' ? msg('the mean of heads') : '',
    composite === 'max' ? msg('the maximum of heads') : '',
    topK > 0 ? msg(str`top-k ${topK}`) : '',
    mass < 1 ? msg(str`mass ${threeDigits(mass)}`) : '',
    compared ? msg('the comparison') : '',
  ]
    .filter((setting) => setting !== '')
    .join(msg(', '));
}

/**
 * The row of small matrices X → Q, K, V → scores → weights → output, each number with the sum that made it.
 *
 * @fires projection-edit - a number of a projection was typed
 * @fires token-edit - a number of X was typed
 */
export class HsSteps extends DrawnInTurn {
  static override properties = {
    trace: { attribute: false },
    lit: { attribute: false },
    heading: { attribute: false },
    hovered: { state: true },
    pinned: { state: true },
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
        flex-wrap: wrap;
        gap: 24px 20px;
        padding: 2px;
        align-items: flex-start;
      }
      .step {
        display: flex;
        gap: 20px;
        max-width: 100%;
        min-width: 0;
      }
      /* Wider than the page: shadows at the edges say that there is more. */
      .stack {
        display: grid;
        gap: 16px;
        min-width: 0;
        overflow-x: auto;
        padding: 2px;
        background:
          linear-gradient(to right, var(--hs-bg) 16px, transparent 32px) left / 32px 100% no-repeat local,
          linear-gradient(to left, var(--hs-bg) 16px, transparent 32px) right / 32px 100% no-repeat local,
          linear-gradient(to right, var(--hs-edge), transparent 8px) left / 8px 100% no-repeat scroll,
          linear-gradient(to left, var(--hs-edge), transparent 8px) right / 8px 100% no-repeat scroll;
      }
      .arrow {
        color: var(--hs-muted);
        line-height: 24px;
        flex: none;
      }
      .without {
        margin: 0 0 8px;
      }
      .sum {
        margin: 16px 0 0;
        min-height: 48px;
        max-width: 90ch;
        overflow-wrap: anywhere;
        font-variant-numeric: tabular-nums;
      }
    `,
  ];

  declare trace: Trace | null;
  /** The cell that the page's matrix shows as chosen: lit here while the pointer is elsewhere. */
  declare lit: { readonly query: number; readonly key: number } | null;
  /** What stands above; which head it is, unless given. Empty: nothing does. */
  declare heading: string | null;
  declare private hovered: Place | null;
  /** Stays when the pointer leaves. */
  declare private pinned: Place | null;

  constructor() {
    super();
    this.trace = null;
    this.lit = null;
    this.heading = null;
    this.hovered = null;
    this.pinned = null;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('trace') && !changed.get('trace') && this.trace) seenOnceDrawn(this);
  }

  protected override render(): TemplateResult | typeof nothing {
    const { trace } = this;
    if (!trace) return nothing;
    const length = dimension(trace.x, 0);
    const dim = dimension(trace.x, 1);
    const headDim = dimension(trace.query, -1);
    const heading = this.heading ?? msg(str`How head ${trace.head} comes about, number by number`);
    const title = heading === '' ? nothing : html`<h2>${heading}</h2>`;
    if (Math.max(length, dim, headDim) > STEPS_LIMIT) {
      return html`${title}
        <p class="note">
          ${msg(
            str`The steps are written out for up to ${STEPS_LIMIT} tokens of up to ${STEPS_LIMIT} numbers; here are ${length} of ${dim}.`,
          )}
        </p>`;
    }
    const parts = this.partsOf(this.place);
    const knobs = trace.knobs ?? NOTHING_TURNED;
    const [further, without] = [furtherSteps(knobs), notInSteps(knobs.without)];
    const arrow = html`<div class="arrow" aria-hidden="true">→</div>`;
    const changed = (role: ProjectionRole): boolean => knobs.edits.some(({ tensor }) => tensor === role);
    const draw = (id: MatrixId, tensor: Tensor, caption: TemplateResult, columns: readonly string[] | null) =>
      this.matrix(id, tensor, caption, columns, parts);
    return html`${title}
      ${without === '' ? nothing : html`<p class="note without" role="status">${msg(str`In the picture, but not in these steps: ${without}.`)}</p>`}
      <div class="row" role="group" aria-label=${heading || msg('Steps')} @keydown=${this.onKey}>
        <div class="step">
          <div class="stack">
            ${draw('x', trace.x, html`X<span class="note">${trace.positions ? msg('with positions') : msg('tokens')}</span>`, null)}
          </div>
        </div>
        <div class="step">
          ${arrow}
          <div class="stack">
            ${ROLES.map((role) =>
              draw(
                `w-${role}`,
                trace.projections[role],
                html`W<sub>${LETTER[role]}</sub>${
                  trace.editable && role === ROLES[0]
                    ? html`<span class="note">${msg('edit these, too')}</span>`
                    : nothing
                }`,
                null,
              ),
            )}
          </div>
        </div>
        <div class="step">
          ${arrow}
          <div class="stack">
            ${ROLES.map((role) =>
              draw(
                role,
                trace[role],
                html`${LETTER[role]} = X W<sub>${LETTER[role]}</sub
                  ><span class="note">${changed(role) ? msg('with your changes') : ROLE_NAMES[role]}</span>`,
                null,
              ),
            )}
          </div>
        </div>
        <div class="step">
          ${arrow}
          <div class="stack">
            ${draw(
              'scores',
              trace.scores,
              html`${msg(html`scores = Q Kᵀ × ${threeDigits(trace.scale)}`)}${
                further === '' ? nothing : html`<span class="note">${further}</span>`
              }`,
              trace.tokens,
            )}
            ${draw('weights', trace.weights, msg(html`weights = softmax of each row`), trace.tokens)}
            ${draw('output', trace.output, msg(html`output = weights × V`), null)}
          </div>
        </div>
      </div>
      <p class="sum">${this.sentence(this.place)}</p>`;
  }

  private get place(): Place | null {
    return (
      this.hovered ??
      this.pinned ??
      (this.lit ? { matrix: 'weights', row: this.lit.query, column: this.lit.key } : null)
    );
  }

  private matrix(
    id: MatrixId,
    tensor: Tensor,
    heading: TemplateResult,
    columns: readonly string[] | null,
    parts: readonly Place[],
  ): TemplateResult {
    const role = id.startsWith('w-') ? (id.slice(2) as ProjectionRole) : null;
    const { place, trace } = this;
    const edited = (role !== null && trace?.editable === true) || (id === 'x' && trace?.editableTokens === true);
    return html`<hs-matrix
      data-id=${id}
      .values=${tensor}
      .heading=${heading}
      .rowNames=${role ? null : (trace?.tokens ?? [])}
      .columnNames=${columns}
      .label=${role ? `W ${LETTER[role]}` : id === 'x' ? 'X' : MATRIX_NAMES[id as NamedMatrix]}
      .editable=${edited}
      .marks=${new Set(parts.filter(({ matrix }) => matrix === id).map(cellName))}
      .chosen=${place?.matrix === id ? place : null}
      .masked=${
        trace && (id === 'weights' || id === 'scores')
          ? ({ row, column }: CellPlace) => unseen(trace, row, column) !== null
          : null
      }
      @matrix-point=${(event: CustomEvent<MatrixPoint>) => this.onPoint(id, event.detail)}
      @matrix-edit=${(event: CustomEvent<MatrixEdit>) => this.onEdit(role, event.detail)}
    ></hs-matrix>`;
  }

  private onPoint(matrix: MatrixId, point: MatrixPoint): void {
    if (point === null) {
      this.hovered = null;
      return;
    }
    const { row, column, pinned } = point;
    this.hovered = { matrix, row, column };
    if (!pinned) return;
    const again = this.pinned?.matrix === matrix && this.pinned.row === row && this.pinned.column === column;
    this.pinned = again ? null : { matrix, row, column };
  }

  private onEdit(role: ProjectionRole | null, edit: MatrixEdit): void {
    const { row, column, value } = edit;
    this.dispatchEvent(
      role === null
        ? new CustomEvent<MatrixEdit>('token-edit', { detail: edit, bubbles: true, composed: true })
        : new CustomEvent<ProjectionEdit>('projection-edit', {
            detail: { role, row, column, value },
            bubbles: true,
            composed: true,
          }),
    );
  }

  private onKey(event: KeyboardEvent): void {
    if (event.key !== 'Escape' || (!this.pinned && !this.hovered)) return;
    this.pinned = null;
    this.hovered = null;
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

  /** How a score comes about: the dot product, the scale, and whatever else is turned. */
  private scoreSentence(trace: Trace, row: number, column: number): TemplateResult {
    const { knobs = NOTHING_TURNED, scale } = trace;
    const { query, key } = knobs.rotated ?? trace;
    const { softcap, slope, temperature } = knobs;
    const dot = rowOf(query, row).reduce((sum, part, index) => sum + part * at(key, column, index), 0);
    const scaled = Math.fround(dot * scale);
    const capped = softcap > 0 ? softcap * Math.tanh(scaled / softcap) : scaled;
    const distance = Math.abs(row - column);
    const biased = capped - slope * distance;
    const digits = (value: number): string => threeDigits(Math.fround(value));
    return html`${msg(
      html`Score of “${trace.tokens[row] ?? ''}” for “${trace.tokens[column] ?? ''}”: query times key, number by number,
      is ${products(rowOf(query, row), rowOf(key, column))} = ${digits(dot)}; times ${threeDigits(scale)} is
      ${digits(scaled)}.`,
    )}
    ${
      softcap > 0
        ? msg(html`Softcap: ${digits(softcap)}·tanh(${digits(scaled)} ÷ ${digits(softcap)}) = ${digits(capped)}.`)
        : nothing
    }
    ${slope > 0 ? msg(html`Distance: ${digits(capped)} − ${digits(slope)}·${distance} = ${digits(biased)}.`) : nothing}
    ${
      temperature === 1
        ? nothing
        : msg(html`Temperature: ${factor(biased)} ÷ ${digits(temperature)} = ${digits(biased / temperature)}.`)
    }`;
  }

  private sentence(place: Place | null): TemplateResult {
    const { trace } = this;
    if (!trace || !place)
      return html`<span class="note">${msg('Point at a number to see the sum that made it.')}</span>`;
    const { matrix, row, column } = place;
    const { knobs = NOTHING_TURNED } = trace;
    const token = trace.tokens[row] ?? '';
    const other = trace.tokens[column] ?? '';
    const length = dimension(trace.x, 0);
    const columnOf = (tensor: Tensor, index: number): number[] =>
      Array.from({ length: dimension(tensor, -2) }, (_, part) => at(tensor, part, index));
    const x = threeDigits(at(trace.x, row, column));
    switch (matrix) {
      case 'x':
        return trace.positions
          ? msg(html`X: number ${column + 1} of “${token}” is ${x}. Its position is already added.`)
          : trace.editableTokens
            ? msg(html`X: number ${column + 1} of “${token}” is ${x}. Type another.`)
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
        if (knobs.edits.some((edit) => edit.tensor === matrix && edit.index === row && edit.component === column)) {
          return msg(
            html`${LETTER[matrix]}: number ${column + 1} of the ${ROLE_NAMES[matrix]} of “${token}” is
            ${threeDigits(at(trace[matrix], row, column))}: you typed it into the picture.`,
          );
        }
        return msg(
          html`${LETTER[matrix]}: number ${column + 1} of the ${ROLE_NAMES[matrix]} of “${token}” is
          ${products(rowOf(trace.x, row), columnOf(trace.projections[matrix], column))} =
          ${threeDigits(at(trace[matrix], row, column))}.`,
        );
      case 'scores':
        return this.scoreSentence(trace, row, column);
      case 'weights': {
        const why = unseen(trace, row, column);
        if (why !== null) return unseenSentence(why, token, other, knobs.window);
        const seen = Array.from({ length }, (_, key) => key).filter((key) => unseen(trace, row, key) === null);
        const power = (key: number): TemplateResult => html`e<sup>${threeDigits(at(trace.scores, row, key))}</sup>`;
        const sum = seen.map((key, index) => html`${index ? ' + ' : ''}${power(key)}`);
        return msg(
          html`Weight of “${token}” on “${other}”: ${power(column)} ÷ (${sum}) =
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
