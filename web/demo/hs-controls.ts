import { css, html, LitElement, noChange, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { msg, str } from '@lit/localize';
import { HEAD_DIM_LIMIT, HEADS_LIMIT, TEMPERATURE_RANGE, type Controls, type ProjectionSource } from './controls.js';
import { formStyles } from './form-styles.js';
import { threeDigits } from './three-digits.js';

/** Which controls make sense for what is shown, and what the defaults are. */
export interface ControlsContext {
  /** What the tab's own projections are called, or null where it has none. */
  readonly own: string | null;
  /** The tab's own heads are followed by random ones. */
  readonly ownUsesSeed: boolean;
  /** False for queries and keys from a file, which are projected already. */
  readonly projections: boolean;
  /** False where the tab's projections fix it. */
  readonly headDim: boolean;
  /** False where the tab has a switch of its own. */
  readonly positions: boolean;
  /** The D that `1/√D` stands for. */
  readonly width: number;
}

type NumberControl = 'heads' | 'headDim' | 'seed' | 'scale';

const LIMITS: Record<NumberControl, { name: string; low: number; high: number; whole: boolean }> = {
  heads: { name: msg('Heads'), low: 1, high: HEADS_LIMIT, whole: true },
  headDim: { name: msg('Dimension per head'), low: 1, high: HEAD_DIM_LIMIT, whole: true },
  seed: { name: msg('Seed'), low: 0, high: 2 ** 32 - 1, whole: true },
  scale: { name: msg('Scale'), low: -1e6, high: 1e6, whole: false },
};

/** The controls of the attention itself; fires `controls-change` with the changed part. */
export class HsControls extends LitElement {
  static override properties = {
    controls: { attribute: false },
    context: { attribute: false },
    errors: { state: true },
  };

  static override styles = [
    formStyles,
    css`
      :host {
        display: block;
      }
      .grid {
        display: grid;
        grid-template-columns: max-content minmax(0, 1fr);
        gap: 8px 16px;
        align-items: center;
      }
      .value {
        display: flex;
        gap: 8px 12px;
        align-items: center;
        font-variant-numeric: tabular-nums;
      }
      select {
        max-width: 100%;
      }
      input[type='number'] {
        width: 80px;
        flex: none;
      }
      input[type='range'] {
        flex: 0 1 128px;
        min-width: 64px;
        margin: 0;
        height: 24px;
      }
      input[aria-invalid='true'] {
        border-color: var(--hs-error);
      }
      .error {
        grid-column: 1 / -1;
        margin: 0;
      }
      .switches {
        display: flex;
        flex-wrap: wrap;
        gap: 8px 24px;
        grid-column: 1 / -1;
      }
      .switches label {
        display: flex;
        gap: 8px;
        align-items: baseline;
      }
    `,
  ];

  declare controls: Controls;
  declare context: ControlsContext;
  declare private errors: Partial<Record<NumberControl, string>>;

  constructor() {
    super();
    this.errors = {};
  }

  protected override render(): TemplateResult {
    const { controls, context } = this;
    const random = controls.projections === 'random' || (context.own === null && controls.projections === 'own');
    const auto = 1 / Math.sqrt(context.width);
    const logTemperature = Math.log10(controls.temperature);
    return html`<div class="grid">
      ${
        context.projections
          ? html`
              <label for="projections">${msg('Projections')}</label>
              <div class="value">
                <select id="projections" @change=${this.onProjections}>
                  ${
                    context.own === null
                      ? nothing
                      : html`<option value="own" ?selected=${controls.projections === 'own'}>${context.own}</option>`
                  }
                  <option value="identity" ?selected=${controls.projections === 'identity'}>${msg('identity')}</option>
                  <option value="random" ?selected=${random}>${msg(str`random (seed ${controls.seed})`)}</option>
                </select>
              </div>
              ${
                random || (controls.projections === 'own' && context.ownUsesSeed)
                  ? html`<label for="seed">${LIMITS.seed.name}</label>
                      <div class="value">${this.numberField('seed', String(controls.seed))}</div>
                      ${this.errorFor('seed')}`
                  : nothing
              }
              <label for="heads">${LIMITS.heads.name}</label>
              <div class="value">${this.numberField('heads', String(controls.heads))}</div>
              ${this.errorFor('heads')}
              ${
                context.headDim
                  ? html`<label for="headDim">${LIMITS.headDim.name}</label>
                      <div class="value">${this.numberField('headDim', String(controls.headDim))}</div>
                      ${this.errorFor('headDim')}`
                  : nothing
              }
            `
          : nothing
      }
      <label for="scale">${LIMITS.scale.name}</label>
      <div class="value">
        ${this.numberField('scale', threeDigits(controls.scale ?? auto).replace('−', '-'))}
        ${
          controls.scale === null
            ? html`<span class="note">= 1/√${context.width}</span>`
            : html`<button class="plain" @click=${() => this.announce({ scale: null })}>
                ${msg(str`back to 1/√${context.width}`)}
              </button>`
        }
      </div>
      ${this.errorFor('scale')}
      <label for="temperature">${msg('Temperature')}</label>
      <div class="value">
        <input
          id="temperature"
          type="range"
          min=${Math.log10(TEMPERATURE_RANGE[0])}
          max=${Math.log10(TEMPERATURE_RANGE[1])}
          step="0.05"
          aria-valuetext=${threeDigits(controls.temperature)}
          .value=${live(String(logTemperature))}
          @input=${this.onTemperature}
        />
        <span>${threeDigits(controls.temperature)}</span>
      </div>
      <div class="switches">
        <label
          ><input
            id="causal"
            type="checkbox"
            .checked=${live(controls.causal)}
            @change=${(event: Event) => this.announce({ causal: (event.target as HTMLInputElement).checked })}
          />
          ${msg('causal: no looking ahead')}</label
        >
        ${
          context.positions
            ? html`<label
                ><input
                  id="positions"
                  type="checkbox"
                  .checked=${live(controls.positions)}
                  @change=${(event: Event) => this.announce({ positions: (event.target as HTMLInputElement).checked })}
                />
                ${msg('positional encoding')}</label
              >`
            : nothing
        }
      </div>
    </div>`;
  }

  private numberField(control: NumberControl, shown: string): TemplateResult {
    const { low, high, whole } = LIMITS[control];
    const wrong = this.errors[control] !== undefined;
    // What is being typed stays as it is typed.
    const typing = wrong || this.shadowRoot?.activeElement?.id === control;
    return html`<input
      id=${control}
      type="number"
      min=${low}
      max=${high}
      step=${whole ? 1 : 'any'}
      aria-invalid=${wrong ? 'true' : nothing}
      aria-describedby=${wrong ? `${control}-error` : nothing}
      .value=${typing ? noChange : live(shown)}
      @blur=${() => this.requestUpdate()}
      @input=${(event: Event) => this.onNumber(control, event.target as HTMLInputElement)}
    />`;
  }

  private errorFor(control: NumberControl): TemplateResult | typeof nothing {
    const message = this.errors[control];
    return message ? html`<p class="error" id=${`${control}-error`} role="alert">${message}</p>` : nothing;
  }

  private onNumber(control: NumberControl, input: HTMLInputElement): void {
    const { name, low, high, whole } = LIMITS[control];
    const value = input.valueAsNumber;
    const fits = value >= low && value <= high && (!whole || Number.isInteger(value));
    const others = { ...this.errors };
    delete others[control];
    if (!fits) {
      const got = input.value === '' ? msg('nothing') : input.value;
      const sentence = whole
        ? msg(str`${name}: expected a whole number from ${low} to ${high}, got ${got}.`)
        : msg(str`${name}: expected a number from ${low} to ${high}, got ${got}.`);
      this.errors = { ...others, [control]: sentence };
      return;
    }
    this.errors = others;
    this.announce({ [control]: value });
  }

  private onProjections(event: Event): void {
    this.announce({ projections: (event.target as HTMLSelectElement).value as ProjectionSource });
  }

  private onTemperature(event: Event): void {
    const value = 10 ** (event.target as HTMLInputElement).valueAsNumber;
    this.announce({ temperature: Number(value.toPrecision(3)) });
  }

  private announce(detail: Partial<Controls>): void {
    this.dispatchEvent(
      new CustomEvent<Partial<Controls>>('controls-change', { detail, bubbles: true, composed: true }),
    );
  }
}

customElements.define('hs-controls', HsControls);
