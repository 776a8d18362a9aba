import { msg, str } from '@lit/localize';
import { css, html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import 'headscope/element';
import { grouped } from '../../three-digits.js';
import { ChapterElement } from '../kit/chapter-element.js';
import '../kit/equation-code.js';
import '../kit/try-this.js';
import type { Experiment, HsTryThis } from '../kit/try-this.js';
import {
  inductionModel,
  lastOccurrences,
  roleOf,
  type Continuation,
  type HeadScores,
  type InductionModel,
  type Role,
} from './induction-model.js';
import { inductionCpp, inductionJavaScript } from './induction-program.js';
import { isolated, largest, percent } from './text.js';
import './probabilities.js';

const FIRST_TEXT = 'headscopeheadsc';
/** The first induction head. */
const FIRST_HEAD = 2;
const LETTERS_SHOWN = 4;
/** Letters that no language has in this order, and how they begin. */
const PIECE = 'xqjzkvw';
const AGAIN = 'xqjz';

/** Part 3 of the chapter: how two layers of attention continue what repeats. */
class Induction extends ChapterElement {
  static override properties = {
    ...ChapterElement.properties,
    model: { state: true },
    typed: { state: true },
    found: { state: true },
    head: { state: true },
  };

  static override styles = [
    ChapterElement.styles,
    css`
      label.letters {
        max-width: 100%;
        display: flex;
        flex-wrap: wrap;
        gap: 4px 12px;
        align-items: center;
      }
      label.letters input {
        width: 320px;
        max-width: 100%;
        font-size: 17px;
        padding: 5px 8px;
      }
      table {
        border-collapse: collapse;
        font-variant-numeric: tabular-nums;
        margin-top: 16px;
      }
      th,
      td {
        padding: 4px 12px 4px 0;
        text-align: right;
        font-weight: normal;
        vertical-align: baseline;
      }
      th:first-child,
      .role {
        text-align: left;
      }
      thead th {
        max-width: 136px;
        color: var(--hs-muted);
        vertical-align: bottom;
        line-height: 20px;
      }
      tbody tr {
        border-top: 1px solid var(--hs-line);
      }
      tbody tr.chosen {
        background: var(--hs-accent-soft);
      }
      hs-probabilities {
        margin-top: 16px;
        min-height: 120px;
      }
      .about {
        min-height: 48px;
      }
    `,
  ];

  declare private model: InductionModel | null;
  declare private typed: string;
  /** Of the last text that could be read. */
  declare private found: Continuation | null;
  declare private head: number;

  constructor() {
    super();
    this.model = null;
    this.typed = FIRST_TEXT;
    this.found = null;
    this.head = FIRST_HEAD;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    inductionModel().then(
      (model) => {
        this.model = model;
        this.read(this.typed);
      },
      (error: unknown) => {
        this.error = error;
      },
    );
  }

  protected override render(): TemplateResult {
    const { found, model } = this;
    return html`
      <section>
        <h3>${msg('Induction: two heads that work together')}</h3>
        <p>
          ${msg(
            'This model has two layers of causal attention and nothing else: no feed-forward layers, no words to remember, since every training sequence was drawn at random. All it could learn is to find what came next the last time. That takes two heads in a row: one in the first layer looks at the letter before, so that every place knows what it follows; one in the second looks for the place that follows a letter like the present one, and copies what stands there.',
          )}
          ${model ? this.renderFacts(model) : nothing}
        </p>
        <div class="row">
          <label class="letters"
            >${msg('Letters')}
            <input
              autocomplete="off"
              autocapitalize="off"
              spellcheck="false"
              maxlength="200"
              aria-invalid=${this.error ? 'true' : 'false'}
              .value=${live(this.typed)}
              @input=${(event: Event) => this.type((event.target as HTMLInputElement).value)}
            />
          </label>
          <button class="plain" ?disabled=${!found} @click=${() => this.goOn()}>
            ${msg('write the likeliest letter')}
          </button>
          <button class="plain" @click=${() => this.type(FIRST_TEXT)}>${msg('start again')}</button>
        </div>
        ${this.errorLine()}
        ${
          this.error && found
            ? html`<p class="note">
                ${msg(str`Below is still “${isolated(found.letters.join(''))}”, the last text that could be read.`)}
              </p>`
            : nothing
        }
        <p class="about" role="status">${found ? this.renderPrediction(found) : nothing}</p>
        <div class="scroll">${model && found ? this.renderHeads(model, found) : nothing}</div>
        <div class="columns aside">
          <hs-probabilities
            label=${msg('Probability of the next letter')}
            .names=${model?.description.vocabulary ?? []}
            .values=${found?.next ?? []}
            .chosen=${found ? (largest(found.next, 1)[0] ?? -1) : -1}
            .count=${LETTERS_SHOWN}
          ></hs-probabilities>
          <div class="picture">
            <head-scope
              theme=${this.theme.value}
              locale=${this.language}
              .causal=${true}
              .head=${this.head}
              .weights=${found?.weights}
              .tokens=${found && [...found.letters]}
              @headscope-head=${(event: CustomEvent<{ readonly head: number }>) => {
                this.head = event.detail.head;
              }}
            ></head-scope>
          </div>
        </div>
        <hs-try-this .experiments=${this.experiments}></hs-try-this>
        ${this.renderCode()}
      </section>
    `;
  }

  private renderFacts({ description }: InductionModel): string {
    const { exact, predictions } = description.accuracy;
    return msg(
      str`Of ${grouped(predictions)} letters of unseen sequences that follow a repeat it gets ${(100 * exact).toFixed(1)} %.`,
    );
  }

  private renderPrediction({ letters, next }: Continuation): TemplateResult | string {
    const [best = 0] = largest(next, 1);
    const letter = this.model?.description.vocabulary[best] ?? '';
    const share = percent(next[best] ?? NaN);
    const present = letters.at(-1) ?? '';
    const last = lastOccurrences(letters).at(-1) ?? -1;
    if (last < 0) {
      return msg(
        str`“${present}” has not been there before, so there is nothing to repeat. It says “${letter}” (${share}) all the same: training never asked it about a letter that is new.`,
      );
    }
    return msg(
      str`“${present}” was there before, as letter ${last + 1}; “${letters[last + 1] ?? ''}” came after it. The model continues with “${letter}” (${share}).`,
    );
  }

  private renderHeads({ measured, description }: InductionModel, { scores }: Continuation): TemplateResult {
    const names: Readonly<Record<Role, string>> = {
      previous: msg('previous-token head'),
      induction: msg('induction head'),
      'partly previous': msg('partly a previous-token head'),
      none: msg('neither'),
    };
    const score = (value: number | null): string => (value === null ? '–' : percent(value));
    return html`<table>
        <thead>
          <tr>
            <th scope="col">${msg('layer, head')}</th>
            <th scope="col" class="role">${msg('name')}</th>
            <th scope="col">${msg('on the letter before')}</th>
            <th scope="col">${msg('on the one after the last occurrence')}</th>
            <th scope="col">${msg('before, in this text')}</th>
            <th scope="col">${msg('after the last, in this text')}</th>
          </tr>
        </thead>
        <tbody>
          ${measured.map((known: HeadScores, index) => {
            const layer = Math.floor(index / description.sizes.heads);
            const head = index % description.sizes.heads;
            const here = scores[index];
            return html`<tr class=${index === this.head ? 'chosen' : ''}>
              <th scope="row">
                <button
                  class="plain"
                  aria-pressed=${index === this.head ? 'true' : 'false'}
                  @click=${() => {
                    this.head = index;
                  }}
                >
                  ${`${layer}, ${head}`}
                </button>
              </th>
              <td class="role">${names[roleOf(known)]}</td>
              <td>${score(known.previousToken)}</td>
              <td>${score(known.afterLastOccurrence)}</td>
              <td>${score(here?.previousToken ?? null)}</td>
              <td>${score(here?.afterLastOccurrence ?? null)}</td>
            </tr>`;
          })}
        </tbody>
      </table>
      <p class="note">
        ${msg(
          'Mean weights, measured on 1,000 sequences that training never saw; a head is named where a score is 90 % or more. In the picture, heads 0 and 1 are those of layer 0, heads 2 and 3 those of layer 1.',
        )}
      </p>`;
  }

  private renderCode(): TemplateResult {
    return html`<hs-equation-code .javascript=${inductionJavaScript()} .cpp=${inductionCpp()}>
      <math display="block">
        <mtable columnalign="left">
          <mtr>
            <mtd>
              <mi>X</mi><mo>←</mo><mi>X</mi><mo>+</mo><mi>A</mi><mo stretchy="false">(</mo><mi>LN</mi
              ><mo stretchy="false">(</mo><mi>X</mi><mo stretchy="false">)</mo><mo stretchy="false">)</mo>
            </mtd>
          </mtr>
          <mtr>
            <mtd>
              <mi>previous</mi><mo>=</mo>
              <mfrac
                ><mn>1</mn><mrow><mi>L</mi><mo>−</mo><mn>1</mn></mrow></mfrac
              >
              <munder
                ><mo>∑</mo><mrow><mi>i</mi><mo>&gt;</mo><mn>1</mn></mrow></munder
              >
              <msub
                ><mi>P</mi><mrow><mi>i</mi><mo>,</mo><mi>i</mi><mo>−</mo><mn>1</mn></mrow></msub
              >
            </mtd>
          </mtr>
          <mtr>
            <mtd>
              <mi>induction</mi><mo>=</mo>
              <munder><mi>mean</mi><mi>i</mi></munder>
              <mspace width="0.3em"></mspace>
              <msub
                ><mi>P</mi
                ><mrow
                  ><mi>i</mi><mo>,</mo><mi>last</mi><mo stretchy="false">(</mo><mi>i</mi><mo stretchy="false">)</mo
                  ><mo>+</mo><mn>1</mn></mrow
                ></msub
              >
            </mtd>
          </mtr>
        </mtable>
      </math>
    </hs-equation-code>`;
  }

  private type(text: string): void {
    this.renderRoot.querySelector<HsTryThis>('hs-try-this')?.clear();
    this.read(text);
  }

  private read(text: string): void {
    this.typed = text;
    this.attempt(() => {
      if (this.model) this.found = this.model.continue(text);
    });
  }

  private goOn(): void {
    const { found, model } = this;
    if (!found || !model) return;
    this.type(found.letters.join('') + (model.description.vocabulary[largest(found.next, 1)[0] ?? 0] ?? ''));
  }

  private tried(text: string): Continuation {
    this.read(text);
    if (!this.found) throw new Error('the model is not loaded yet');
    return this.found;
  }

  private likeliest({ next }: Continuation): { readonly letter: string; readonly share: string } {
    const [best = 0] = largest(next, 1);
    return { letter: this.model?.description.vocabulary[best] ?? '', share: percent(next[best] ?? NaN) };
  }

  private readonly experiments: readonly Experiment[] = [
    {
      name: msg('Take the repeats away'),
      run: () => {
        const letters = [...new Set(this.found?.letters ?? FIRST_TEXT)].join('');
        const found = this.tried(letters);
        const { letter, share } = this.likeliest(found);
        const before = percent(found.scores[0]?.previousToken ?? NaN);
        return msg(
          str`Every letter of “${isolated(letters)}” is new. The previous-token head works as before (${before} on the letter before). The induction heads have nothing to find, since no letter has a last occurrence: where they look now means nothing, and so does the prediction, “${letter}” (${share}).`,
        );
      },
    },
    {
      name: msg('A piece that no language has'),
      run: () => {
        const found = this.tried(PIECE + AGAIN);
        const { letter, share } = this.likeliest(found);
        return msg(
          str`“${isolated(PIECE)}” is in no dictionary, yet once was enough: after the second “${isolated(AGAIN)}” comes “${letter}” (${share}). It learned how to copy, not what: this is learning in context.`,
        );
      },
    },
    {
      name: msg('Two that contradict each other'),
      run: () => {
        const found = this.tried('catdogcatpigcat');
        const { letter, share } = this.likeliest(found);
        return msg(
          str`After “${isolated('cat')}” came “d” the first time and “p” the second. It continues with “${letter}” (${share}): the last occurrence wins, as in its training.`,
        );
      },
    },
  ];
}

customElements.define('hs-induction', Induction);
