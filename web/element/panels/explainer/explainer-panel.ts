import { html, nothing, type TemplateResult } from 'lit';
import { exactDigits, signedDigits, threeDigits } from '../../../views/numbers.js';
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
import { explainerWords, type ExplainerWords } from './explainer-words.js';
import { parsedNumber, shortestFloat } from './number-text.js';

/** Components that are listed one by one without being asked; of more than these the largest products are. */
const FEW_COMPONENTS = 16;

/** The colour of a positive product in the diverging ramp; that of a negative one lies opposite. */
const PLUS = 230;

const NO_EDITS: readonly Edit[] = [];

/** What an arrow key adds to a component; ten times as much with Shift. */
const STEP = 0.1;

type Role = 'query' | 'key';

/** What is explained, and where. */
interface Explained {
  readonly head: number;
  readonly query: number;
  readonly key: number;
  readonly cell: CellExplanation;
}

/** One line of the way from q·k to the weight. */
type Step = readonly [name: string, operand: string, result: number, kind?: 'score'];

/** How one weight comes about, with every number of its query and its key there to be changed. */
export class ExplainerPanel implements Panel {
  #all = false;
  #exact = false;
  /** Components in the order in which they are listed, and what that was settled for: rows stay where they are while one edits. */
  #order: readonly number[] = [];
  #orderKey = '';
  #explained: Explained | null = null;
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
    const reason = this.#whyNot(frame, words);
    return html`
      <section class="explainer" part="explainer" aria-label=${frame.words.explain}>
        <button type="button" class="close" aria-label=${words.close} @click=${this.#onClose}>×</button>
        ${reason === null ? this.#cellTemplate(frame, words) : html`<p class="note">${reason}</p>`}
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

  /** Why there is nothing to explain, and takes what there is. */
  #whyNot({ selection, scene, picture, settings }: Frame, words: ExplainerWords): string | null {
    if (picture.scene.vectors === null) return words.ready;
    const place = activeCell(selection);
    if (place === null) {
      return activeQueries(selection).length + activeKeys(selection).length > 1 ? words.several : words.choose;
    }
    // The axes are words then, and the places on them are not those of tokens.
    if (scene.vectors === null) return words.merged;
    if (picture !== this.#picture) this.#coming = NO_EDITS;
    this.#picture = picture;
    const cell = this.#explain(this.#withEdits(picture.scene, this.#coming), settings.head, place.query, place.key);
    if (cell === null) return words.ready;
    this.#explained = { ...place, head: settings.head, cell };
    return null;
  }

  #cellTemplate(frame: Frame, words: ExplainerWords): unknown {
    const { scene, settings, readonly, scale } = frame;
    if (this.#explained === null) return nothing;
    const { head, query, key, cell } = this.#explained;
    const name = (role: Role, index: number): ReturnType<typeof itemName> =>
      itemName(role === 'query' ? scene.queryLabels : scene.keyLabels, index, role, frame.words);
    const rotated = scene.knobs.positions === 'rotary';
    const note = scale.diverging ? words.ofFirst : settings.composite === 'none' ? null : words.ofHead;
    const why = this.#whyZero(frame, words, this.#explained);
    return html`
      <p class="title">${sentenceTemplate(composed(words.title, name('query', query), name('key', key)))}</p>
      ${note === null ? nothing : html`<p class="note">${filled(note, headName(scene, head))}</p>`}
      <p class="note">${rotated ? words.rotated : readonly ? words.formula : words.change}</p>
      ${why === null ? nothing : html`<p class="why">${why}</p>`}
      <div class="tools">
        <button type="button" @click=${() => this.#turn(() => (this.#exact = !this.#exact))}>
          ${this.#exact ? words.rounded : words.exact}
        </button>
        ${frame.edited ? html`<button type="button" @click=${this.#onReset}>${words.reset}</button>` : nothing}
      </div>
      <p class="visually-hidden" role="status">${this.#editing ? `${words.weight} ${threeDigits(cell.weight)}` : ''}</p>
      <div class="parts ${this.#exact ? 'digits' : ''}">
        ${this.#termsTemplate(cell, words, readonly || rotated)} ${this.#stepsTemplate(frame, words, this.#explained)}
      </div>
    `;
  }

  /** Why a weight is 0, or no number. */
  #whyZero({ scene, settings }: Frame, words: ExplainerWords, { query, key, cell }: Explained): string | null {
    if (cell.masked) {
      if (cell.rowMax === -Infinity) return filled(words.wholeRow, query);
      return filled(scene.knobs.causal && key > query ? words.causal : words.window, query, key);
    }
    if (Number.isNaN(cell.weight)) return words.invalid;
    return settings.hide.includes(key) ? words.hidden : null;
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
    const { terms, dot } = cell;
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
            ${words.terms}
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

  #steps(
    { scene, picture, settings, words: general }: Frame,
    words: ExplainerWords,
    { head, query, key, cell }: Explained,
  ): Step[] {
    const { softcap, positions, temperature } = scene.knobs;
    const { scale, scaled, capped, added, score, masked, rowMax, exponential, rowSum, weight } = cell;
    const digits = (value: number): string => this.#digits(value);
    const depth = cell.terms.length;
    const usual = Math.abs(scale * Math.sqrt(depth) - 1) < 1e-6;
    const steps: Step[] = [
      [words.dot, '', cell.dot],
      [words.scale, usual ? `1/√${depth} = ${digits(scale)}` : digits(scale), scaled],
    ];
    if (softcap > 0) steps.push([words.softcap, `${digits(softcap)}·tanh(s/${digits(softcap)})`, capped]);
    if (positions === 'alibi') steps.push([words.bias, digits(added), capped + added]);
    if (temperature !== 1) steps.push([words.temperature, digits(temperature), score]);
    steps.push([general.score, '', score, 'score']);
    const shifted = masked ? -Infinity : score - rowMax;
    if (masked) steps.push([words.mask, '−∞', -Infinity]);
    if (rowMax !== -Infinity) {
      steps.push([words.most, digits(rowMax), shifted], [words.exp, `exp(${digits(shifted)})`, exponential]);
      steps.push([words.rowSum, digits(rowSum), weight]);
    }
    steps.push([words.weight, '', weight, 'score']);
    if (settings.hide.length > 0 && !masked && !settings.hide.includes(key)) {
      const row = picture.head(head).row(query);
      if (row !== null) {
        const hidden = settings.hide.reduce((sum, one) => sum + Math.max(0, row[one] ?? 0), 0);
        steps.push(
          [words.shownShare, digits(1 - hidden), weight / (1 - hidden)],
          [words.shown, '', weight / (1 - hidden), 'score'],
        );
      }
    }
    return steps;
  }

  #stepsTemplate(frame: Frame, words: ExplainerWords, explained: Explained): TemplateResult {
    return html`<div>
      <table class="steps">
        <caption>
          ${words.steps}
        </caption>
        <tbody>
          ${this.#steps(frame, words, explained).map(
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
