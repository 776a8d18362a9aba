import { msg, str } from '@lit/localize';
import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import type { Tensor } from 'headscope';
import 'headscope/element';
import { grouped } from '../../three-digits.js';
import { ChapterElement } from '../kit/chapter-element.js';
import '../kit/controls.js';
import type { Choice } from '../kit/controls.js';
import '../kit/equation-code.js';
import '../kit/try-this.js';
import type { Experiment, HsTryThis } from '../kit/try-this.js';
import { isCalendarDate } from './calendar.js';
import { dateModel, type Candidate, type DateModel, type Reading } from './date-model.js';
import { decodingCpp, decodingJavaScript } from './date-program.js';
import { ownTask } from '../kit/own-task.js';
import { isolated, largest, percent } from './text.js';
import './probabilities.js';
import './token-line.js';

const FIRST_TEXT = '3rd of March 2021';
const EXAMPLES = [FIRST_TEXT, '03.03.21', 'Tuesday, March 3, 2021', '2021年3月3日'];
/** The first digit that is looked at: the last one of the month. */
const FIRST_LOOK = 6;
const CHARACTERS_SHOWN = 4;
/** Below this, a whole output is a guess. */
const SURE = 0.95;
/** The second-largest weight is named from here on. */
const WORTH_TELLING = 0.05;
const PLAY_EVERY = 600;
const WIDEST_BEAM = 6;

/** What weekday March 3, 2021 was, and another one. */
const RIGHT_DAY = 'wednesday';
const WRONG_DAY = 'friday';
const NO_DATE = 'hello';

/** Where attention can be looked at: the name it is captured under. */
const CROSS = 'decoder.layers.0.multihead_attn.weights';
const DECODER = 'decoder.layers.0.self_attn.weights';
const PLACES: readonly Choice[] = [
  { value: CROSS, name: msg('output to input (cross-attention)') },
  { value: DECODER, name: msg('output to itself (causal)') },
  { value: 'encoder.layers.0.self_attn.weights', name: msg('input to itself, encoder layer 0') },
  { value: 'encoder.layers.1.self_attn.weights', name: msg('input to itself, encoder layer 1') },
];

/** Part 1 of the chapter: a text is read, and a date is written, character by character. */
class DateReader extends ChapterElement {
  static override properties = {
    ...ChapterElement.properties,
    typed: { state: true },
    reading: { state: true },
    candidates: { state: true },
    width: { state: true },
    out: { state: true },
    chosen: { state: true },
    place: { state: true },
    head: { state: true },
    playing: { state: true },
  };

  static override styles = [
    ChapterElement.styles,
    css`
      label.date {
        max-width: 100%;
        display: flex;
        flex-wrap: wrap;
        gap: 4px 12px;
        align-items: center;
      }
      label.date input {
        width: 320px;
        max-width: 100%;
        font-size: 17px;
        padding: 5px 8px;
      }
      .output {
        display: flex;
        flex-wrap: wrap;
        gap: 4px;
        margin-top: 16px;
      }
      .output button {
        border: 1px solid var(--hs-line);
        border-radius: 4px;
        background: none;
        min-width: 40px;
        height: 40px;
        padding: 0 4px;
        font-size: 20px;
        line-height: 32px;
        cursor: pointer;
        font-variant-numeric: tabular-nums;
      }
      .output button.word {
        font-size: 13px;
        font-style: italic;
      }
      .output button.later {
        color: var(--hs-muted);
        border-style: dashed;
      }
      .output button[aria-pressed='true'] {
        border-color: var(--hs-accent);
        box-shadow: inset 0 0 0 1px var(--hs-accent);
      }
      .steps button {
        min-width: 64px;
      }
      .about {
        min-height: 48px;
        font-variant-numeric: tabular-nums;
      }
      b {
        white-space: nowrap;
      }
      .look {
        min-height: 72px;
      }
      ol {
        margin: 8px 0 0;
        padding: 0 0 0 24px;
        font-variant-numeric: tabular-nums;
      }
      hs-token-line {
        margin-top: 16px;
      }
      hs-probabilities {
        margin-top: 16px;
        min-height: 120px;
      }
      @media (max-width: 480px) {
        .output {
          gap: 3px;
        }
        .output button {
          min-width: 0;
          width: 24px;
          padding: 0;
        }
        .output button.word {
          width: 32px;
        }
      }
    `,
  ];

  /** What stands in the field. */
  declare private typed: string;
  /** The last text that could be read. */
  declare private reading: Reading | null;
  /** What a beam found; empty with greedy search. */
  declare private candidates: readonly Candidate[];
  /** Of the beam; 1 is greedy search. */
  declare private width: number;
  /** How many characters are written. */
  declare private out: number;
  /** The written character that is looked at. */
  declare private chosen: number;
  declare private place: string;
  declare private head: number;
  declare private playing: boolean;
  private model: DateModel | null = null;
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor() {
    super();
    this.typed = FIRST_TEXT;
    this.reading = null;
    this.candidates = [];
    this.width = 1;
    this.out = 0;
    this.chosen = FIRST_LOOK;
    this.place = CROSS;
    this.head = 0;
    this.playing = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.start().catch((error: unknown) => {
      this.error = error;
    });
  }

  private async start(): Promise<void> {
    const model = await dateModel();
    await ownTask();
    const first = model.greedy(FIRST_TEXT);
    await ownTask();
    this.model = model;
    if (this.typed === FIRST_TEXT) this.show(first);
    else this.read(this.typed);
  }

  protected override updated(changed: PropertyValues): void {
    if (['chosen', 'head'].some((name) => changed.has(name))) this.pin();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.pause();
  }

  protected override render(): TemplateResult {
    const { reading } = this;
    return html`
      <section>
        <h3>${msg('Dates, character by character')}</h3>
        <p>${this.renderFacts()}</p>
        <div class="row">
          <label class="date"
            >${msg('A date')}
            <input
              autocomplete="off"
              spellcheck="false"
              maxlength="200"
              aria-invalid=${this.error ? 'true' : 'false'}
              .value=${live(this.typed)}
              @input=${(event: Event) => this.type((event.target as HTMLInputElement).value)}
            />
          </label>
          <span class="links">
            ${EXAMPLES.map(
              (example) =>
                html`<button
                  class="plain"
                  lang=${/[a-z]/i.test(example) ? 'en' : nothing}
                  @click=${() => this.type(example)}
                >
                  ${example}
                </button>`,
            )}
          </span>
        </div>
        ${this.errorLine()}
        ${
          this.error && reading
            ? html`<p class="note">
                ${msg(str`Below is still “${isolated(reading.text)}”, the last text that could be read.`)}
              </p>`
            : nothing
        }
        ${this.renderOutput()}
        <div class="columns aside">
          <div>${this.renderLook()}</div>
          <div>${this.renderMatrix()}</div>
        </div>
        <hs-try-this .experiments=${this.experiments}></hs-try-this>
        ${this.renderCode()}
      </section>
    `;
  }

  private renderFacts(): TemplateResult | string {
    const described = this.model?.description;
    if (!described) return msg('A trained Transformer reads a date as people write it. It is being loaded.');
    const { sizes, accuracy, parameters } = described;
    return msg(
      str`This Transformer (${sizes.encoderLayers} encoder layers, ${sizes.decoderLayers} decoder layer, ${sizes.heads} heads, d = ${sizes.dim}, ${grouped(parameters)} numbers) was trained to rewrite dates as year-month-day, and on nothing else. Of ${grouped(accuracy.unseenDates)} dates that it had never seen it writes ${(100 * accuracy.exact).toFixed(2)} % without a mistake. Nobody told it which characters say the month: look where it looks.`,
    );
  }

  private renderOutput(): TemplateResult {
    const { reading, out } = this;
    const length = reading?.written.length ?? 0;
    return html`<div class="output" role="group" aria-label=${msg('Output')}>
        ${reading?.writtenNames.map((name, index) => {
          const written = index < out;
          const place = index + 1;
          return html`<button
            class=${[written ? '' : 'later', name.length > 1 && written ? 'word' : ''].join(' ')}
            aria-pressed=${written && index === this.chosen ? 'true' : 'false'}
            aria-label=${written ? msg(str`Character ${place}: ${name}`) : msg(str`Character ${place}: not written yet`)}
            @click=${() => this.go(index, Math.max(out, index + 1))}
          >
            ${written ? name : '·'}
          </button>`;
        })}
      </div>
      <div class="row steps">
        <hs-slider
          label=${msg('step')}
          .value=${this.chosen + 1}
          min="1"
          max=${Math.max(1, length)}
          .shown=${`${this.chosen + 1} / ${length}`}
          @slide=${(event: CustomEvent<number>) => this.writeTo(event.detail)}
        ></hs-slider>
        <span class="links">
          <button class="plain" ?disabled=${this.chosen <= 0} @click=${() => this.writeTo(this.chosen)}>
            ← ${msg('back')}
          </button>
          <button class="plain" ?disabled=${this.chosen + 1 >= length} @click=${() => this.writeTo(this.chosen + 2)}>
            ${msg('forward')} →
          </button>
          <button class="plain" ?disabled=${length === 0} @click=${() => (this.playing ? this.pause() : this.play())}>
            ${this.playing ? msg('pause') : msg('play')}
          </button>
        </span>
        <hs-slider
          label=${msg('beam width')}
          .value=${this.width}
          min="1"
          max=${WIDEST_BEAM}
          .shown=${this.width === 1 ? msg('1 (greedy)') : String(this.width)}
          @slide=${(event: CustomEvent<number>) => this.setWidth(event.detail)}
        ></hs-slider>
      </div>
      <p class="about" role="status">${this.renderVerdict()}</p>
      ${this.renderCandidates()}`;
  }

  private renderVerdict(): TemplateResult | typeof nothing {
    const { reading } = this;
    if (!reading) return nothing;
    const { text, output, probability } = reading;
    const sure = probability >= SURE;
    const share = percent(probability);
    const said = msg(html`“<bdi>${text}</bdi>” becomes <b>${output}</b>, with a probability of ${share}.`);
    if (isCalendarDate(output)) {
      return sure
        ? said
        : html`${said}
          ${msg('It is unsure: texts like this one were not in its training, and it answers all the same.')}`;
    }
    return sure
      ? html`${said}
        ${msg('The calendar has no such day. The model copies what it reads: it was never shown a date that is none, and being sure does not make it right.')}`
      : html`${said}
        ${msg('The calendar has no such day, and the model is unsure: it was never shown a text that is no date, and has no way to say so.')}`;
  }

  private renderCandidates(): TemplateResult | typeof nothing {
    if (this.candidates.length === 0) return nothing;
    return html`<div>
      <p class="note">
        ${msg(str`The ${this.candidates.length} likeliest outputs that a beam of width ${this.width} found; choose one to look at it:`)}
      </p>
      <ol>
        ${this.candidates.map(
          (candidate) =>
            html`<li>
              <button
                class="plain"
                aria-pressed=${candidate.output === this.reading?.output ? 'true' : 'false'}
                @click=${() => this.lookAt(candidate)}
              >
                ${candidate.output || msg('nothing')}
              </button>
              ${percent(candidate.probability)}
            </li>`,
        )}
      </ol>
    </div>`;
  }

  /** Where the chosen character looks in the text, and what else could have been written. */
  private renderLook(): TemplateResult | typeof nothing {
    const { reading, model } = this;
    if (!reading || !model) return nothing;
    const step = Math.min(this.chosen, reading.written.length - 1);
    const weights = this.row(reading, step);
    const [first = 0, second = 0] = largest(weights, 2);
    const share = (index: number): number => weights[index] ?? 0;
    const name = (index: number): string => {
      const token = reading.sourceNames[index] ?? '';
      return token === ' ' ? msg('a blank') : `“${token}”`;
    };
    return html`<hs-token-line .tokens=${reading.sourceNames} .weights=${weights}></hs-token-line>
      <p class="look">
        ${msg(
          str`Head ${this.head}: to write “${reading.writtenNames[step]}” (character ${step + 1}), the decoder looks mostly at ${name(first)}, character ${first} of the text (${percent(share(first))}).`,
        )}
        ${
          share(second) > WORTH_TELLING
            ? msg(str`Then at ${name(second)}, character ${second} (${percent(share(second))}).`)
            : nothing
        }
      </p>
      <hs-probabilities
        label=${msg(str`Probability of character ${step + 1}, given those before it`)}
        .names=${model.targetNames}
        .values=${reading.probabilities[step] ?? []}
        .chosen=${reading.written[step] ?? -1}
        .count=${CHARACTERS_SHOWN}
      ></hs-probabilities>`;
  }

  private renderMatrix(): TemplateResult {
    const { reading, place } = this;
    const ofInput = place.startsWith('encoder');
    const queries = ofInput ? reading?.sourceNames : reading?.writtenNames;
    const keys = place === DECODER ? reading?.targetNames : reading?.sourceNames;
    return html`<hs-select
        label=${msg('Attention')}
        .value=${place}
        .choices=${PLACES}
        @choose=${(event: CustomEvent<string>) => {
          this.place = event.detail;
        }}
      ></hs-select>
      <div class="picture">
        <head-scope
          theme=${this.theme.value}
          locale=${this.language}
          .head=${this.head}
          .causal=${place === DECODER}
          .weights=${reading?.captured[place]}
          .tokens=${queries && [...queries]}
          .keyTokens=${keys && [...keys]}
          @headscope-head=${(event: CustomEvent<{ readonly head: number }>) => {
            this.head = event.detail.head;
          }}
          @headscope-select=${this.onSelect}
          @headscope-ready=${() => this.pin()}
        ></head-scope>
      </div>
      <p class="note">
        ${
          place === CROSS
            ? msg(
                'Each row is a character as it is written, each column a character of the text: where the decoder looks in what the encoder made of it.',
              )
            : place === DECODER
              ? msg(
                  'Each row is a character as it is written; the columns are what stands there by then, “start” first. What comes later is masked.',
                )
              : msg('Rows and columns are the characters of the text: in the encoder each sees all others.')
        }
      </p>`;
  }

  private renderCode(): TemplateResult {
    return html`<hs-equation-code .javascript=${decodingJavaScript()} .cpp=${decodingCpp()}>
      <math display="block">
        <mtable columnalign="left">
          <mtr>
            <mtd>
              <mi>M</mi><mo>=</mo><mi>encoder</mi><mo stretchy="false">(</mo><mi>x</mi><mo stretchy="false">)</mo>
            </mtd>
          </mtr>
          <mtr>
            <mtd>
              <msub><mi>h</mi><mi>t</mi></msub
              ><mo>=</mo><mi>decoder</mi><mo stretchy="false">(</mo
              ><msub
                ><mi>y</mi><mrow><mo>&lt;</mo><mi>t</mi></mrow></msub
              ><mo>,</mo><mi>M</mi><mo stretchy="false">)</mo>
            </mtd>
          </mtr>
          <mtr>
            <mtd>
              <mi>P</mi><mo stretchy="false">(</mo><mi>y</mi><mo stretchy="false">)</mo><mo>=</mo><mi>softmax</mi
              ><mo stretchy="false">(</mo><mi>W</mi><msub><mi>h</mi><mi>t</mi></msub
              ><mo>+</mo><mi>b</mi><mo stretchy="false">)</mo>
            </mtd>
          </mtr>
          <mtr>
            <mtd>
              <msub><mi>y</mi><mi>t</mi></msub
              ><mo>=</mo><munder><mi>argmax</mi><mi>y</mi></munder> <mi>P</mi><mo stretchy="false">(</mo><mi>y</mi
              ><mo stretchy="false">)</mo> <mspace width="1em"></mspace><mtext>${msg('greedy')}</mtext>
            </mtd>
          </mtr>
        </mtable>
      </math>
    </hs-equation-code>`;
  }

  /** Cross-attention of one step under the chosen head. */
  private row(reading: Reading, step: number): number[] {
    const weights: Tensor | undefined = reading.captured[CROSS];
    const [, , steps = 0, length = 0] = weights?.shape ?? [];
    const from = (this.head * steps + step) * length;
    return Array.from(weights?.data.subarray(from, from + length) ?? []);
  }

  private type(text: string): void {
    this.tryThis?.clear();
    this.read(text);
  }

  private read(text: string): void {
    const { model } = this;
    this.typed = text;
    if (!model) return;
    this.attempt(() => {
      const candidates = this.width > 1 ? model.candidates(text, this.width) : [];
      const [best] = candidates;
      this.show(best ? model.read(text, best) : model.greedy(text));
      this.candidates = candidates;
    });
  }

  private show(reading: Reading): void {
    this.pause();
    this.reading = reading;
    this.out = reading.written.length;
    this.chosen = Math.min(this.chosen, this.out - 1);
    this.dispatchEvent(new CustomEvent<Reading>('reading', { detail: reading }));
  }

  private lookAt(candidate: Candidate): void {
    const { model, reading } = this;
    if (model && reading) this.attempt(() => this.show(model.read(reading.text, candidate)));
  }

  private setWidth(width: number): void {
    this.width = width;
    this.read(this.typed);
  }

  private go(chosen: number, out: number): void {
    this.pause();
    this.chosen = chosen;
    this.out = out;
  }

  /** Takes back, or writes, until so many characters stand there. */
  private writeTo(count: number): void {
    this.go(count - 1, count);
  }

  private play(): void {
    const length = this.reading?.written.length ?? 0;
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) {
      this.writeTo(length);
      return;
    }
    const write = (): void => {
      this.chosen = this.out;
      this.out += 1;
      if (this.out >= length) this.pause();
    };
    if (this.out >= length) this.out = 0;
    this.playing = true;
    this.timer = setInterval(write, PLAY_EVERY);
    write();
  }

  private pause(): void {
    clearInterval(this.timer);
    this.playing = false;
  }

  private readonly onSelect = (event: CustomEvent<{ readonly query: number | null }>): void => {
    const { query } = event.detail;
    if (query === null || query === this.chosen || this.place.startsWith('encoder')) return;
    this.go(query, Math.max(this.out, query + 1));
  };

  /** Shows the row of the chosen character in the matrix, where rows are characters of the output. */
  private pin(): void {
    const scope = this.renderRoot.querySelector('head-scope');
    const weights = this.reading?.captured[this.place];
    if (!scope || !weights) return;
    if (this.place.startsWith('encoder')) {
      scope.pin(null);
      return;
    }
    const [, , rows = 0, columns = 0] = weights.shape;
    const from = (this.head * rows + this.chosen) * columns;
    const [key = 0] = largest(Array.from(weights.data.subarray(from, from + columns)), 1);
    scope.pin({ query: this.chosen, key });
  }

  private get tryThis(): HsTryThis | null {
    return this.renderRoot.querySelector('hs-try-this');
  }

  private readonly experiments: readonly Experiment[] = [
    {
      name: msg('Slashes or dots'),
      run: () => {
        const dots = this.tried('03.04.05');
        const slashes = this.tried('03/04/05');
        return msg(
          str`“03/04/05” becomes ${slashes.output}, “03.04.05” ${dots.output}: slashes mean month first, dots day first, as in what it was trained on. The encoder lets every digit see what stands beside it.`,
        );
      },
    },
    {
      name: msg('The weekday is noise'),
      run: () => {
        const [right, wrong] = [RIGHT_DAY, WRONG_DAY].map((day) => this.tried(`${day}, march 3, 2021`));
        const reading = this.reading;
        const share = reading ? this.shareOn(reading, WRONG_DAY.length) : NaN;
        return msg(
          str`With “${isolated(RIGHT_DAY)}” it writes ${right?.output}, with “${isolated(WRONG_DAY)}” ${wrong?.output}. Only ${percent(share)} of all cross-attention of the digits is on the weekday’s letters: in training, weekdays were drawn at random, so they are not worth a look.`,
        );
      },
    },
    {
      name: msg('A day that there is not'),
      run: () => {
        const { output, probability } = this.tried('30 february 2021');
        return msg(
          str`It writes ${output} and is sure of it: ${percent(probability)}. A probability says how much a text is like those of the training, not whether it is true.`,
        );
      },
    },
    {
      name: msg('No date at all'),
      run: () => {
        this.width = Math.max(3, this.width);
        const { output, probability } = this.tried(NO_DATE);
        const second = this.candidates[1];
        return msg(
          str`The likeliest output for “${isolated(NO_DATE)}” is “${output}”, with ${percent(probability)}; the next one of the beam, “${second?.output}”, has ${percent(second?.probability ?? NaN)}. The model can only write digits, hyphens and the end, and has no way to decline.`,
        );
      },
    },
  ];

  private tried(text: string): Reading {
    this.read(text);
    if (!this.reading) throw new Error('the model is not loaded yet');
    return this.reading;
  }

  /** How much of the cross-attention of the output's digits, over all heads, is on the first characters of the text. */
  private shareOn(reading: Reading, characters: number): number {
    const weights = reading.captured[CROSS];
    const [, heads = 0, steps = 0, length = 0] = weights?.shape ?? [];
    let sum = 0;
    let rows = 0;
    for (let row = 0; row < heads * steps; row++) {
      if (!/\d/.test(reading.writtenNames[row % steps] ?? '')) continue;
      rows += 1;
      for (let key = 1; key <= characters; key++) sum += weights?.data[row * length + key] ?? 0;
    }
    return sum / rows;
  }
}

customElements.define('hs-date-reader', DateReader);
