import { html, nothing, type TemplateResult } from 'lit';
import { HeadscopeError } from '../../../../wasm-bindings/js/index.js';
import { itemName } from '../../../views/sentence.js';
import { threeDigits } from '../../../views/numbers.js';
import { filled, type Words } from '../../../views/words.js';
import { errorSentence } from '../../error-sentence.js';
import { headName } from '../../title.js';
import { attributeOf, SETTING_BOUNDS, SETTING_CONVERTERS } from '../../settings-attributes.js';
import {
  AS_IT_IS,
  COLOR_SCALES,
  COMPOSITES,
  KNOBS,
  POOLINGS,
  POSITIONS,
  SORTS,
  VIEWS,
  type Settings,
  type ViewName,
} from '../../settings.js';
import { reachOf, type Actions, type Comparison, type Frame, type Panel } from '../panel.js';

export { toolbarStyles } from './toolbar-styles.js';

/** Everything that a reader can turn: the settings, and what is none. */
export type ControlName = Exclude<keyof Settings, 'head' | 'heads'> | 'compare' | 'reset';

/** Something to take along. */
export interface TakeAlong {
  readonly label: keyof Words;
  /** Does it; what it resolves to is told to the reader. */
  run(frame: Frame): Promise<keyof Words | null>;
}

/** What stands above the views; what is turned rarely folds away. */
const COMMON = ['view', 'temperature', 'scale', 'causal'] as const;
const RARE = ['positions', 'window', 'softcap', 'topK', 'mass', 'hide', 'mergeWords', 'compare', 'reset'] as const;

/** What takes keys away, of which there has to be more than one. */
const CHOOSING: readonly string[] = ['causal', 'window', 'topK', 'mass', 'hide'];

/** Numbers and the steps of their arrows. */
const STEPS = { temperature: 0.1, window: 1, softcap: 1, topK: 1, mass: 0.05 } as const;
type NumberName = keyof typeof STEPS;

const CHOICES = { sort: SORTS, colorScale: COLOR_SCALES, pooling: POOLINGS, positions: POSITIONS } as const;
type ChoiceName = keyof typeof CHOICES;

type Fold = 'more' | 'takeAlong';

/** Value of an input, or a choice, that sent an event. */
const valueOf = (event: Event): string => (event.target as HTMLInputElement).value;

/** Every control of the element. They stand in three places: at the heads, above the views, and at the colour bar. */
export class ToolbarPanel implements Panel {
  #open: Fold | null = null;
  /** The field that holds no number that it may hold, and what brings its last good one back. */
  #wrong: { readonly name: NumberName | 'domain'; restore(): void } | null = null;
  /** What came of the last thing that was taken along. */
  #told: unknown = '';
  /** What the reader turned, as it was before. */
  #before: Partial<Settings> = {};
  /** What it was compared with before the reader chose something else; undefined as long as nobody did. */
  #comparedBefore: Comparison | null | undefined;

  constructor(
    private readonly actions: Actions,
    private readonly takeAlong: readonly TakeAlong[] = [],
  ) {}

  /** The controls above the views. */
  template(frame: Frame): TemplateResult {
    const { words } = frame;
    const those = (names: readonly ControlName[]): TemplateResult[] =>
      names.map((name) => this.control(frame, name)).filter((control) => control !== null);
    const common = those(COMMON);
    const rare = those(RARE);
    const reasons = [...KNOBS, ...Object.keys(AS_IT_IS)].map((name) =>
      this.#offers(frame, name) ? this.#barred(frame, name) : null,
    );
    const exits = this.#offers(frame, 'takeAlong');
    if (common.length + rare.length === 0 && !exits) return html``;
    const fold = (name: Fold): TemplateResult =>
      html`<button
        type="button"
        class="fold"
        aria-expanded=${this.#open === name}
        aria-controls="fold-${name}"
        @click=${() => this.#unfold(name)}
      >
        ${words[name]}
      </button>`;
    return html`
      <div class="toolbar" part="toolbar" role="group" aria-label=${words.controls}>
        <div class="controls">
          ${common} ${rare.length > 0 ? fold('more') : nothing} ${exits ? fold('takeAlong') : nothing}
        </div>
        <div class="controls" id="fold-more" ?hidden=${this.#open !== 'more'}>${rare}</div>
        <div class="controls" id="fold-takeAlong" ?hidden=${this.#open !== 'takeAlong'}>
          ${this.takeAlong.map((one) => this.#button(words[one.label], () => void this.#take(one, frame)))}
          ${this.#button(words.viewAsTable, () => this.actions.table(true))}
          <span class="quiet" role="status">${this.#told}</span>
        </div>
        ${[...new Set(reasons)].map((reason) => reason && html`<p class="quiet" id=${reason}>${words[reason]}</p>`)}
      </div>
    `;
  }

  /** One control with its label; null if it is not offered, or there is nothing that it could change. */
  control(frame: Frame, name: ControlName): TemplateResult | null {
    if (!this.#offers(frame, name)) return null;
    const { settings, words, picture } = frame;
    if (name in CHOICES) return this.#choice(frame, name as ChoiceName);
    if (name in STEPS) return this.#number(frame, name as NumberName);
    switch (name) {
      case 'view': {
        const views = VIEWS.filter((view) => view !== 'image' || picture.scene.image !== null);
        return this.#pressed(frame, name, views, settings.view, (view, event) => this.#show(frame, view, event));
      }
      case 'composite':
        return this.#pressed(frame, name, COMPOSITES, [settings.composite], (composite) =>
          this.#set(frame, { composite }),
        );
      case 'scale': {
        const { depth = 0, scale = 1 } = picture.scene.vectors ?? {};
        // 1/√1 is 1 as well.
        if (depth === 1 && settings.scale === undefined) return null;
        const told = depth === 0 ? '' : ` = ${threeDigits(1 / Math.sqrt(depth))}`;
        const given = settings.scale === undefined ? '' : `, ${filled(words.scaleNow, threeDigits(scale))}`;
        return this.#check(frame, name, settings.scale === undefined, words.label_scale + told + given, (on) => ({
          scale: on ? undefined : 1,
        }));
      }
      case 'causal':
        return this.#check(frame, name, settings.causal, words.causal, (causal) => ({ causal }));
      case 'mergeWords':
        // Words of one token each are the tokens.
        return (picture.scene.words?.length ?? Infinity) >= picture.scene.keys
          ? null
          : this.#check(frame, name, settings.mergeWords, words.label_mergeWords, (on) => ({ mergeWords: on }));
      case 'domain':
        return settings.colorScale === 'row' ? null : this.#domain(frame);
      case 'hide':
        return this.#hide(frame);
      case 'compare':
        return this.#compare(frame);
      case 'reset':
        return this.#button(
          words.reset,
          () => this.#reset(),
          Object.keys(this.#before).length === 0 && this.#comparedBefore === undefined,
        );
      default:
        return null;
    }
  }

  #offers({ readonly, controls }: Frame, name: string): boolean {
    return !readonly && (controls === null || controls.has(attributeOf(name)));
  }

  /** Why a control cannot be used with this input, as the name of the sentence that says so. */
  #barred({ picture, scene }: Frame, name: string): 'barredReady' | 'barredLarge' | 'barredOneKey' | null {
    if (KNOBS.some((knob) => knob === name) && picture.scene.vectors === null) return 'barredReady';
    if (name in AS_IT_IS && !picture.canTransform) return 'barredLarge';
    // Queries that are far away from the only key may still not see it.
    const choosing = CHOOSING.includes(name) && !(name === 'window' && scene.queries > 1);
    return choosing && scene.keys === 1 ? 'barredOneKey' : null;
  }

  #set({ settings }: Frame, change: Partial<Settings>): void {
    const names = Object.keys(change) as (keyof Settings)[];
    // A field tells of a number while it is typed, and once more when it is left.
    if (this.#wrong === null && names.every((name) => change[name] === settings[name])) return;
    const before = names.map((name) => [name, settings[name]]);
    this.#before = { ...(Object.fromEntries(before) as Partial<Settings>), ...this.#before };
    if (names.some((name) => name === this.#wrong?.name)) this.#wrong = null;
    this.actions.set(change);
  }

  #compareWith({ compare }: Frame, what: Comparison | null): void {
    if (this.#comparedBefore === undefined) this.#comparedBefore = compare;
    this.actions.compare(what);
  }

  #reset(): void {
    this.actions.set(this.#before);
    this.#before = {};
    if (this.#comparedBefore !== undefined) this.actions.compare(this.#comparedBefore);
    this.#comparedBefore = undefined;
    this.#wrong?.restore();
    this.#wrong = null;
  }

  #unfold(fold: Fold): void {
    this.#open = this.#open === fold ? null : fold;
    this.#told = '';
    this.actions.update();
  }

  async #take(one: TakeAlong, frame: Frame): Promise<void> {
    try {
      const done = await one.run(frame);
      this.#told = done === null ? '' : frame.words[done];
    } catch (error) {
      this.#told = error instanceof HeadscopeError ? errorSentence(error, frame.words) : String(error);
    }
    this.actions.update();
  }

  // --- kinds of controls -----------------------------------------------------------------------------------------

  #button(label: unknown, act: () => void, disabled = false): TemplateResult {
    return html`<button type="button" ?disabled=${disabled} @click=${act}>${label}</button>`;
  }

  #check(
    frame: Frame,
    name: ControlName,
    on: boolean,
    label: unknown,
    change: (on: boolean) => Partial<Settings>,
  ): TemplateResult {
    const barred = this.#barred(frame, name);
    return html`<label class="control">
      <input
        type="checkbox"
        data-control=${name}
        .checked=${on}
        ?disabled=${barred !== null}
        aria-describedby=${barred ?? nothing}
        @change=${(event: Event) => this.#set(frame, change((event.target as HTMLInputElement).checked))}
      /><span>${label}</span>
    </label>`;
  }

  /** Buttons of which some are pressed. */
  #pressed<T extends ViewName | Settings['composite']>(
    frame: Frame,
    name: 'view' | 'composite',
    values: readonly T[],
    pressed: readonly T[],
    act: (value: T, event: MouseEvent | KeyboardEvent) => void,
  ): TemplateResult {
    const barred = this.#barred(frame, name);
    return html`<span class="choice" role="group" aria-label=${frame.words[`label_${name}`]} data-control=${name}>
      ${values.map(
        (value) =>
          html`<button
            type="button"
            data-value=${value}
            aria-pressed=${pressed.includes(value)}
            ?disabled=${barred !== null}
            aria-describedby=${barred ?? nothing}
            @click=${(event: MouseEvent) => act(value, event)}
          >
            ${frame.words[`${name}_${value}` as keyof Words]}
          </button>`,
      )}
    </span>`;
  }

  #select(
    frame: Frame,
    name: ChoiceName | 'domain' | 'compare',
    values: readonly string[],
    chosen: string,
    act: (value: string) => void,
  ): TemplateResult {
    const barred = this.#barred(frame, name);
    return html`<label class="control">
      <span>${frame.words[`label_${name}`]}</span>
      <select
        data-control=${name}
        ?disabled=${barred !== null}
        aria-describedby=${barred ?? nothing}
        @change=${(event: Event) => act(valueOf(event))}
      >
        ${values.map(
          (value) =>
            html`<option value=${value} .selected=${value === chosen}>
              ${frame.words[`${name}_${value}` as keyof Words]}
            </option>`,
        )}
      </select>
    </label>`;
  }

  #choice(frame: Frame, name: ChoiceName): TemplateResult {
    const { settings, picture } = frame;
    // One component alone cannot be rotated.
    const useless = name === 'positions' && (picture.scene.vectors?.depth ?? 2) < 2 ? 'rotary' : null;
    const values = CHOICES[name].filter((value) => value !== useless || value === settings[name]);
    return this.#select(frame, name, values, settings[name], (value) => this.#set(frame, { [name]: value }));
  }

  /** A field for a number. Nothing in it means none, where there can be none. */
  #number(frame: Frame, name: NumberName): TemplateResult {
    const { settings, words } = frame;
    const [least, most] = SETTING_BOUNDS[name];
    const { fromAttribute } = SETTING_CONVERTERS[name];
    const none = fromAttribute(null);
    const value = settings[name];
    const optional = name !== 'temperature';
    const shown = optional && value === none ? '' : String(value);
    const take = ({ target }: Event): void => {
      const input = target as HTMLInputElement;
      const { value: text, validity } = input;
      const empty = text === '' && !validity.badInput && optional;
      const read = empty ? none : fromAttribute(text);
      if (empty || (text !== '' && read === Number(text))) return this.#set(frame, { [name]: read });
      this.#wrong = { name, restore: () => (input.value = shown) };
      this.actions.update();
    };
    const barred = this.#barred(frame, name);
    const wrong = this.#wrong?.name === name;
    return html`<label class="control">
        <span>${words[`label_${name}`]}</span>
        ${name === 'temperature' ? this.#slider(frame, value ?? 1, barred) : nothing}
        <input
          type="number"
          data-control=${name}
          min="0"
          max=${most}
          step=${STEPS[name]}
          placeholder=${optional ? words.none : nothing}
          .value=${shown}
          ?disabled=${barred !== null}
          aria-invalid=${wrong}
          aria-describedby=${barred ?? (wrong ? 'wrong' : nothing)}
          @input=${take}
          @change=${take}
        />
      </label>
      ${wrong ? this.#wrongTemplate(frame, least, most) : nothing}`;
  }

  #wrongTemplate({ words }: Frame, least: number, most: number): TemplateResult {
    return html`<span class="wrong" id="wrong" role="alert">${filled(words.expectsNumber, least, most)}</span>`;
  }

  /** Temperatures from 0.1 to 10, the same way on both sides of 1. */
  #slider(frame: Frame, value: number, barred: string | null): TemplateResult {
    return html`<input
      type="range"
      min="-1"
      max="1"
      step="0.05"
      aria-label=${frame.words.label_temperature}
      aria-valuetext=${threeDigits(value)}
      .value=${String(Math.log10(value))}
      ?disabled=${barred !== null}
      @input=${(event: Event) => {
        this.#set(frame, { temperature: Number((10 ** Number(valueOf(event))).toPrecision(3)) });
      }}
    />`;
  }

  // --- controls of their own kind --------------------------------------------------------------------------------

  #show(frame: Frame, view: ViewName, event: MouseEvent | KeyboardEvent): void {
    const { view: shown } = frame.settings;
    if (reachOf(event) === 'only') return this.#set(frame, { view: [view] });
    const next = VIEWS.filter((name) => shown.includes(name) !== (name === view));
    if (next.length > 0) this.#set(frame, { view: next });
  }

  #domain(frame: Frame): TemplateResult {
    const { settings, scale, words, picture } = frame;
    const { domain } = settings;
    const given = typeof domain !== 'string';
    // One head's own scale is that of all heads.
    const own = picture.scene.heads === 1;
    const kind = given ? 'given' : own ? 'head' : domain;
    const ends = given ? domain : scale.domain;
    const take = (index: 0 | 1, input: HTMLInputElement): void => {
      const text = input.value;
      const next = SETTING_CONVERTERS.domain.fromAttribute((index === 0 ? [text, ends[1]] : [ends[0], text]).join(' '));
      if (typeof next === 'object') return this.#set(frame, { domain: next });
      this.#wrong = { name: 'domain', restore: () => (input.value = digits(index)) };
      this.actions.update();
    };
    const digits = (index: 0 | 1): string => String(Number(ends[index].toPrecision(3)));
    const wrong = this.#wrong?.name === 'domain';
    const field = (index: 0 | 1): TemplateResult =>
      html`<input
        type="number"
        step="any"
        data-control="domain-${index}"
        aria-label=${index === 0 ? words.lowerEnd : words.upperEnd}
        aria-invalid=${wrong}
        .value=${digits(index)}
        @change=${(event: Event) => take(index, event.target as HTMLInputElement)}
      />`;
    return html`${this.#select(frame, 'domain', own ? ['head', 'given'] : ['shared', 'head', 'given'], kind, (value) =>
      this.#set(frame, {
        domain: value === 'given' ? [ends[0], ends[1]] : own ? 'shared' : (value as 'shared' | 'head'),
      }),
    )}
    ${given ? html`<span class="control">${field(0)} – ${field(1)}</span>` : nothing}
    ${wrong ? html`<span class="wrong" role="alert">${words.expectsEnds}</span>` : nothing}`;
  }

  #hide(frame: Frame): TemplateResult {
    const { settings, words, scene, selection } = frame;
    const { hide } = settings;
    const barred = this.#barred(frame, 'hide') !== null;
    const pinned = (selection.pin?.keys ?? []).filter((key) => !hide.includes(key));
    const together = (keys: readonly number[]): Partial<Settings> => ({
      hide: [...new Set([...hide, ...keys])].sort((a, b) => a - b),
    });
    const name = ([key = 0, ...more]: readonly number[]): unknown =>
      more.length > 0
        ? filled(words.keys, more.length + 1)
        : itemName(scene.keyLabels, key, 'key', words).map(({ text, token }) =>
            token ? html`<bdi>${text}</bdi>` : text,
          );
    return html`
      ${this.#check(frame, 'hide', hide.includes(0), html`${words.label_hide} ${name([0])}`, (on) =>
        on ? together([0]) : { hide: hide.filter((key) => key !== 0) },
      )}
      ${
        pinned.length === 0
          ? barred
            ? nothing
            : html`<span class="quiet">${words.pinToHide}</span>`
          : this.#button(html`${words.label_hide} ${name(pinned)}`, () => this.#set(frame, together(pinned)), barred)
      }
      ${hide.length === 0 ? nothing : this.#button(words.showAll, () => this.#set(frame, { hide: [] }))}
    `;
  }

  /** What the page gave to compare with can be had again. */
  #compare(frame: Frame): TemplateResult | null {
    const { compare, settings, scene, words, picture } = frame;
    const { head, temperature, scale, causal, window, softcap, positions } = settings;
    const other = compare?.head;
    const hasData = (what: Comparison | null): boolean =>
      what !== null && (['query', 'key', 'weights'] as const).some((name) => name in what);
    const given = [compare, this.#comparedBefore ?? null].find(hasData) ?? null;
    const kind = compare === null ? 'off' : hasData(compare) ? 'given' : other === undefined ? 'settings' : 'head';
    const kinds = [
      'off',
      ...(scene.heads > 1 ? ['head'] : []),
      ...(picture.scene.vectors === null ? [] : ['settings']),
      ...(given === null ? [] : ['given']),
    ];
    if (kinds.length === 1) return null;
    const turn = (to: string): void => {
      if (to === 'off') this.#compareWith(frame, null);
      else if (to === 'head') this.#compareWith(frame, { head: (head + 1) % scene.heads });
      else if (to === 'given') this.#compareWith(frame, given);
      else this.#compareWith(frame, { temperature, scale, causal, window, softcap, positions });
    };
    return html`${this.#select(frame, 'compare', kinds, kind, turn)}
    ${
      other === undefined
        ? nothing
        : html`<label class="control">
            <span>${words.otherHead}</span>
            <input
              type="number"
              min="0"
              max=${scene.heads - 1}
              step="1"
              data-control="compare-head"
              .value=${String(other)}
              @change=${(event: Event) => {
                const input = event.target as HTMLInputElement;
                const { valueAsNumber, validity } = input;
                if (validity.valid && valueAsNumber >= 0) this.#compareWith(frame, { ...compare, head: valueAsNumber });
                else input.value = String(other);
              }}
            />
            ${scene.layers > 1 ? html`<span>${headName(scene, other)}</span>` : nothing}
          </label>`
    }`;
  }
}
