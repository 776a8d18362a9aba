import { html, nothing, type TemplateResult } from 'lit';
import { exactDigits, signedDigits, threeDigits } from '../../../views/numbers.js';
import { MASKED } from '../../../views/pooling.js';
import { composed, itemName } from '../../../views/sentence.js';
import type { Rgb } from '../../../views/colour-ramp.js';
import { css } from '../../../views/palette.js';
import { filled } from '../../../views/words.js';
import { headName } from '../../title.js';
import { activeCell, activeKeys, activeQueries } from '../../selection.js';
import { explainCell, type CellExplanation } from '../../source/explain-cell.js';
import type { Picture } from '../../source/picture.js';
import { edited } from '../../edited.js';
import { remembered } from '../../remembered.js';
import type { Actions, Edit, Frame, Panel } from '../panel.js';
import { sentenceTemplate } from '../sentence-template.js';
import { chain, type Explained, type Step } from './chain.js';
import { explainerWords, type ExplainerWords } from './explainer-words.js';
import { headsOfCell, shownHeads, shownShare, tokensOfCell, type HeadsOfCell, type TokensOfCell } from './made-of.js';
import { parsedNumber, shortestFloat } from './number-text.js';

/** Components that are listed one by one without being asked; of more than these the largest products are. */
const FEW_COMPONENTS = 16;

/** Heads of a composite that are listed: those with the largest weights. */
const FEW_HEADS = 8;

/** The colour of a positive product in the diverging ramp; that of a negative one lies opposite. */
const PLUS = 230;

const NO_EDITS: readonly Edit[] = [];

/** What an arrow key adds to a component; ten times as much with Shift. */
const STEP = 0.1;

type Role = 'query' | 'key';

/** A cell, and what its weight is made of besides q·k. */
interface Cell {
  readonly query: number;
  readonly key: number;
  /** The head that is explained: the shown one, or one of the composite. */
  readonly head: number;
  /** Null without a composite; and where words are not merged. */
  readonly heads: HeadsOfCell | null;
  readonly tokens: TokensOfCell | null;
  /** The share of its row by which the weight is divided where keys are hidden; null where it is not. */
  readonly share: number | null;
}

/** How one weight comes about, with every number of its query and its key there to be changed. */
export class ExplainerPanel implements Panel {
  #all = false;
  #exact = false;
  /** Components in the order in which they are listed, and what that was settled for: rows stay where they are while one edits. */
  #order: readonly number[] = [];
  #orderKey = '';
  #explained: Explained | null = null;
  /** The head of a composite that is explained, if the reader chose one. */
  #head: number | null = null;
  /** The picture that is explained, and edits that it does not know yet: a large one takes its time to follow. */
  #picture: Picture | null = null;
  #coming: readonly Edit[] = NO_EDITS;
  // Drawing again costs nothing as long as the cell and its numbers are the same.
  readonly #withEdits = remembered(edited);
  readonly #explain = remembered(explainCell);
  /** The reader is in a field, and what stood in it before. */
  #editing = false;
  #before = 0;

  constructor(private readonly actions: Actions) {}

  template(frame: Frame): TemplateResult {
    const words = explainerWords(frame.locale);
    this.#explained = null;
    const cell = this.#cell(frame);
    return html`
      <section class="explainer" part="explainer" aria-label=${frame.words.explain}>
        <button type="button" class="close" aria-label=${words.close} @click=${this.#onClose}>×</button>
        ${
          cell === null
            ? html`<p class="note">${this.#whyNone(frame, words)}</p>`
            : this.#cellTemplate(frame, words, cell)
        }
      </section>
    `;
  }

  paint({ scheme }: Frame, root: ParentNode): void {
    const explainer = root.querySelector<HTMLElement>('.explainer');
    const { diverging } = scheme.palette;
    explainer?.style.setProperty('--plus', css(diverging[PLUS] as Rgb));
    explainer?.style.setProperty('--minus', css(diverging[255 - PLUS] as Rgb));
    for (const bar of explainer?.querySelectorAll<HTMLElement>('.bar > div') ?? []) {
      bar.style.transform = `scaleX(${Number(bar.dataset['share'])})`;
    }
    const cell = this.#explained?.cell;
    if (cell === undefined) return;
    for (const input of explainer?.querySelectorAll('input') ?? []) {
      // What is being typed stays as it is.
      if (input.matches(':focus')) continue;
      const value = this.#component(input)?.value ?? NaN;
      input.value = this.#exact ? shortestFloat(value) : threeDigits(value);
      input.removeAttribute('aria-invalid');
    }
  }

  /** Why there is no cell to explain. */
  #whyNone({ selection, picture }: Frame, words: ExplainerWords): string {
    if (activeQueries(selection).length + activeKeys(selection).length > 1) return words.several;
    return picture.scene.vectors === null ? words.ready : words.choose;
  }

  /** The cell that is meant, and takes what there is to be explained of it. */
  #cell(frame: Frame): Cell | null {
    const { selection, scene, picture, settings } = frame;
    const place = activeCell(selection);
    if (place === null) return null;
    const { query, key } = place;
    const all = shownHeads(settings, picture);
    const head = [this.#head ?? settings.head, settings.head].find((one) => all.includes(one)) ?? all[0] ?? 0;
    // The axes are words then, and the places on them are not those of tokens.
    const merged = scene !== picture.scene;
    if (picture.scene.vectors !== null && !merged) {
      if (picture !== this.#picture) this.#coming = NO_EDITS;
      this.#picture = picture;
      const cell = this.#explain(this.#withEdits(picture.scene, this.#coming), head, query, key);
      this.#explained = cell && { ...place, head, cell };
    }
    const heads = settings.composite === 'none' ? null : headsOfCell(frame, query, key);
    const tokens = merged ? tokensOfCell(picture, head, query, key) : null;
    const share = settings.hide.length === 0 ? null : shownShare(frame, head, query);
    return { ...place, head, heads, tokens, share };
  }

  #cellTemplate(frame: Frame, words: ExplainerWords, cell: Cell): unknown {
    const { scene, picture, readonly, compare } = frame;
    const { query, key } = cell;
    const name = (role: Role, index: number): ReturnType<typeof itemName> =>
      itemName(role === 'query' ? scene.queryLabels : scene.keyLabels, index, role, frame.words);
    const why = this.#whyZero(frame, words, cell);
    const explained = this.#explained;
    const ready = explained === null && scene === picture.scene;
    return html`
      <p class="title">${sentenceTemplate(composed(words.title, name('query', query), name('key', key)))}</p>
      ${compare === null ? nothing : html`<p class="note">${words.ofFirst}</p>`}
      ${ready ? html`<p class="note">${words.ready}</p>` : nothing}
      ${explained === null ? nothing : html`<p class="note">${readonly ? words.formula : words.change}</p>`}
      ${why === null ? nothing : html`<p class="why">${why}</p>`}
      <div class="tools">
        <button type="button" @click=${() => this.#turn(() => (this.#exact = !this.#exact))}>
          ${this.#exact ? words.rounded : words.exact}
        </button>
        ${frame.edited ? html`<button type="button" @click=${this.#onReset}>${words.reset}</button>` : nothing}
      </div>
      <p class="visually-hidden" role="status">
        ${this.#editing && explained !== null ? `${words.weight} ${threeDigits(explained.cell.weight)}` : ''}
      </p>
      ${cell.heads === null ? nothing : this.#headsTemplate(frame, words, cell, cell.heads)}
      ${
        scene === picture.scene
          ? nothing
          : html`<p class="note">${words.merged}</p>
              ${cell.tokens === null ? nothing : this.#tokensTemplate(frame, words, cell.tokens)}`
      }
      ${explained?.cell.rotated ? this.#rotationTemplate(words, explained) : nothing}
      <div class="parts ${this.#exact ? 'digits' : ''}">
        ${explained === null ? nothing : this.#termsTemplate(explained.cell, words, readonly)}
        ${this.#stepsTemplate(frame, words, cell)}
      </div>
    `;
  }

  /** Why a weight is 0, or no number. */
  #whyZero({ scene, settings, picture, weights }: Frame, words: ExplainerWords, of: Cell): string | null {
    const { query, key, head, heads, tokens } = of;
    const cell = this.#explained?.cell;
    if (settings.hide.includes(key)) return words.hidden;
    if (cell?.masked === true) {
      const reason = scene.knobs.causal && key > query ? words.causal : words.window;
      return filled(cell.rowMax === -Infinity ? words.wholeRow : reason, query, key);
    }
    if (tokens?.mean === MASKED) return words.maskedWords;
    if (Number.isNaN(cell?.weight ?? 0)) return words.invalid;
    const before = heads?.together ?? picture.head(head, settings).row(query)?.[key] ?? 0;
    return before > 0 && weights.row(query)?.[key] === MASKED ? words.filtered : null;
  }

  /** The heads of a composite, the largest first, each of them to be explained. */
  #headsTemplate(frame: Frame, words: ExplainerWords, cell: Cell, { heads, together }: HeadsOfCell): TemplateResult {
    const { picture, settings } = frame;
    const sorted = [...heads].sort((a, b) => b.weight - a.weight || a.head - b.head);
    const listed = sorted.filter(({ head }, i) => i < FEW_HEADS || head === cell.head);
    const left = sorted.length - listed.length;
    return html`
      <table class="made">
        <caption>
          ${filled(settings.composite === 'max' ? words.maxOfHeads : words.meanOfHeads, heads.length)}
        </caption>
        <tbody>
          ${listed.map(
            ({ head, weight }) =>
              html`<tr>
                <th scope="row">
                  <button
                    type="button"
                    aria-pressed=${head === cell.head}
                    @click=${() => this.#turn(() => (this.#head = head))}
                  >
                    ${filled(frame.words.head, headName(picture.scene, head))}
                  </button>
                </th>
                <td>${this.#weight(frame, weight)}</td>
              </tr>`,
          )}
        </tbody>
        <tfoot>
          ${
            left === 0
              ? nothing
              : html`<tr>
                  <th scope="row">${filled(words.otherHeads, left)}</th>
                  <td></td>
                </tr>`
          }
          <tr class="total">
            <th scope="row">${settings.composite === 'max' ? words.largest : words.mean}</th>
            <td>${this.#weight(frame, together)}</td>
          </tr>
        </tfoot>
      </table>
      <p class="note">${filled(words.ofHead, headName(picture.scene, cell.head))}</p>
    `;
  }

  /** The weights between the tokens of two words. */
  #tokensTemplate(frame: Frame, words: ExplainerWords, tokens: TokensOfCell): TemplateResult {
    const { queryLabels, keyLabels } = frame.picture.scene;
    return html`
      <div class="scroll">
        <table class="made">
          <caption>
            ${words.betweenTokens}
          </caption>
          <thead>
            <tr>
              <td></td>
              ${tokens.keys.map((key) => html`<th scope="col"><bdi>${keyLabels.label(key)}</bdi></th>`)}
              <th scope="col">${words.sum}</th>
            </tr>
          </thead>
          <tbody>
            ${tokens.queries.map(
              (query, i) =>
                html`<tr>
                  <th scope="row"><bdi>${queryLabels.label(query)}</bdi></th>
                  ${tokens.rows[i]?.map((weight) => html`<td>${this.#weight(frame, weight)}</td>`)}
                  <td>${this.#digits(tokens.sums[i] ?? NaN)}</td>
                </tr>`,
            )}
          </tbody>
          <tfoot>
            <tr class="total">
              <th scope="row" colspan=${tokens.keys.length + 1}>${words.meanOfRows}</th>
              <td>${this.#weight(frame, tokens.mean)}</td>
            </tr>
          </tfoot>
        </table>
      </div>
      ${
        frame.readonly
          ? nothing
          : html`<button type="button" @click=${() => this.#showTokens(tokens)}>${words.showTokens}</button>`
      }
    `;
  }

  /** The tokens themselves, the pair of them that looks most at each other pinned. */
  #showTokens({ queries, keys, rows }: TokensOfCell): void {
    let [query, key, most] = [0, 0, -Infinity];
    rows.forEach((row, i) =>
      row.forEach((weight, j) => {
        if (weight > most) [query, key, most] = [i, j, weight];
      }),
    );
    this.actions.release();
    this.actions.set({ mergeWords: false, hide: [] });
    this.actions.pin({ query: queries[query] ?? 0, key: keys[key] ?? 0 });
  }

  #weight({ words }: Frame, weight: number): string {
    return weight === MASKED ? words.masked : this.#digits(weight);
  }

  /** How rotary positions turn q and k. */
  #rotationTemplate(words: ExplainerWords, { query, key, cell }: Explained): TemplateResult {
    const half = cell.terms.length >> 1;
    return html`<p class="note">${filled(words.rotated, query, key, half)}</p>`;
  }

  #digits(value: number): string {
    return this.#exact ? exactDigits(value) : threeDigits(value);
  }

  #listed({ terms }: CellExplanation): readonly number[] {
    const { head, query, key } = this.#explained ?? {};
    const orderKey = `${head} ${query} ${key} ${terms.length}`;
    if (orderKey !== this.#orderKey) {
      this.#orderKey = orderKey;
      const size = (component: number): number => Math.abs(terms[component] ?? 0);
      this.#order = Array.from(terms.keys()).sort((a, b) => size(b) - size(a) || a - b);
    }
    if (this.#all || terms.length <= FEW_COMPONENTS) return Array.from(terms.keys());
    return this.#order.slice(0, FEW_COMPONENTS - 4);
  }

  #termsTemplate(cell: CellExplanation, words: ExplainerWords, locked: boolean): TemplateResult {
    const { terms, dot, rotated } = cell;
    const listed = this.#listed(cell);
    const most = terms.reduce((largest, term) => Math.max(largest, Math.abs(term) || 0), 0);
    const left = terms.length - listed.length;
    let sum = 0;
    const product = (term: number): TemplateResult => html`
      <span class="bar" aria-hidden="true"
        ><div
          class=${term < 0 ? 'minus' : ''}
          data-share=${most > 0 ? Math.min(1, Math.abs(term) / most) || 0 : 0}
        ></div></span
      >${this.#exact ? exactDigits(term) : signedDigits(term)}
    `;
    const field = (role: Role, component: number): TemplateResult =>
      html`<td>
        <input
          role="spinbutton"
          autocomplete="off"
          aria-label="${role === 'query' ? 'q' : 'k'} ${component}"
          aria-valuenow=${cell[role][component] ?? 0}
          data-role=${role}
          data-component=${component}
          ?readonly=${locked}
        />
        ${
          rotated === null
            ? nothing
            : html`<span class="rotated"
                ><span class="visually-hidden">${words.afterRotation}</span
                >${this.#digits(rotated[role][component] ?? 0)}</span
              >`
        }
      </td>`;
    return html`<div>
      <div class="scroll">
        <table
          class="terms"
          @focusin=${this.#onFocus}
          @focusout=${this.#onBlur}
          @input=${this.#onInput}
          @keydown=${this.#onKey}
        >
          <caption>
            ${rotated === null ? words.terms : words.rotatedTerms}
          </caption>
          <thead>
            <tr>
              <th scope="col"><span class="visually-hidden">${words.component}</span></th>
              <th scope="col">q</th>
              <th scope="col">k</th>
              <th scope="col">${words.product}</th>
              <th scope="col">${words.runningSum}</th>
            </tr>
          </thead>
          <tbody>
            ${listed.map((component) => {
              sum += terms[component] ?? 0;
              return html`<tr>
                <th scope="row">${component}</th>
                ${field('query', component)} ${field('key', component)}
                <td>${product(terms[component] ?? 0)}</td>
                <td>${this.#digits(sum)}</td>
              </tr>`;
            })}
          </tbody>
          <tfoot>
            ${
              left === 0
                ? nothing
                : html`<tr>
                    <th scope="row" colspan="3">${filled(words.others, left)}</th>
                    <td>${this.#exact ? exactDigits(dot - sum) : signedDigits(dot - sum)}</td>
                    <td></td>
                  </tr>`
            }
            <tr class="total">
              <th scope="row" colspan="4">${words.dot}</th>
              <td title=${exactDigits(dot)}>${this.#digits(dot)}</td>
            </tr>
          </tfoot>
        </table>
      </div>
      ${
        terms.length <= FEW_COMPONENTS
          ? nothing
          : html`<button type="button" @click=${() => this.#turn(() => (this.#all = !this.#all))}>
              ${this.#all ? words.showLargest : filled(words.showAll, terms.length)}
            </button>`
      }
    </div>`;
  }

  /** From q·k to the weight, and what is done to it before it is shown. */
  #steps(frame: Frame, words: ExplainerWords, { key, share, tokens }: Cell): Step[] {
    const { settings } = frame;
    const explained = this.#explained;
    const digits = (value: number): string => this.#digits(value);
    const steps = explained === null ? [] : chain(frame, words, explained, digits);
    const weight = explained?.cell.weight ?? tokens?.mean ?? null;
    const masked = explained?.cell.masked ?? weight === MASKED;
    // Ready weights are in the read-out; what they are divided by is only here.
    if (weight === null || share === null || share === 0 || masked || settings.hide.includes(key)) return steps;
    return [...steps, [words.shownShare, digits(share), weight / share], [words.shown, '', weight / share, 'score']];
  }

  #stepsTemplate(frame: Frame, words: ExplainerWords, cell: Cell): TemplateResult | typeof nothing {
    const steps = this.#steps(frame, words, cell);
    if (steps.length === 0) return nothing;
    return html`<div>
      <table class="steps">
        <caption>
          ${this.#explained === null ? nothing : words.steps}
        </caption>
        <tbody>
          ${steps.map(
            ([name, operand, result, kind = '']) =>
              html`<tr class=${kind}>
                <th scope="row">${name}</th>
                <td>${operand}</td>
                <td title=${exactDigits(result)}>${this.#digits(result)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
  }

  readonly #onClose = ({ currentTarget }: Event): void => {
    const root = (currentTarget as Element).getRootNode() as ShadowRoot;
    this.actions.explain(false);
    root.querySelector<HTMLElement>('.readout .explain')?.focus();
  };

  readonly #onReset = (): void => {
    this.#coming = NO_EDITS;
    this.actions.resetEdits();
  };

  #turn(change: () => void): void {
    change();
    this.actions.update();
  }

  /** The component that a field is for, and its number now. */
  #component(target: EventTarget | null): { role: Role; component: number; value: number } | null {
    if (!(target instanceof HTMLInputElement) || this.#explained === null) return null;
    const role = target.dataset['role'] as Role;
    const component = Number(target.dataset['component']);
    return { role, component, value: this.#explained.cell[role][component] ?? NaN };
  }

  #edit(target: EventTarget | null, value: number): void {
    const field = this.#component(target);
    if (field === null || this.#explained === null) return;
    const { head, query, key } = this.#explained;
    const index = field.role === 'query' ? query : key;
    const edit = { tensor: field.role, head, index, component: field.component, value };
    this.#coming = [...this.#coming, edit];
    this.actions.edit(edit);
  }

  readonly #onFocus = ({ target }: FocusEvent): void => {
    const field = this.#component(target);
    if (field === null) return;
    this.#editing = true;
    this.#before = field.value;
    const input = target as HTMLInputElement;
    input.value = shortestFloat(field.value);
    input.select();
  };

  readonly #onBlur = (): void => {
    this.#editing = false;
    this.actions.update();
  };

  readonly #onInput = ({ target }: Event): void => {
    const input = target as HTMLInputElement;
    const value = parsedNumber(input.value);
    if (value === null) input.setAttribute('aria-invalid', 'true');
    else input.removeAttribute('aria-invalid');
    if (value !== null) this.#edit(input, value);
  };

  readonly #onKey = (event: KeyboardEvent): void => {
    // These keys are for the field, not for the element's cells and heads.
    event.stopPropagation();
    const input = event.target as HTMLInputElement;
    const field = this.#component(input);
    if (field === null || input.readOnly) return;
    let value: number;
    if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
      // What stands in the field, because the picture may still be on its way to it.
      const before = parsedNumber(input.value) ?? field.value;
      const step = (event.shiftKey ? 10 : 1) * (event.key === 'ArrowUp' ? STEP : -STEP);
      value = Math.fround(Math.round(1e6 * (before + step)) / 1e6);
    } else if (event.key === 'Escape') {
      value = this.#before;
    } else {
      return;
    }
    event.preventDefault();
    input.value = shortestFloat(value);
    input.removeAttribute('aria-invalid');
    this.#edit(input, value);
  };
}
