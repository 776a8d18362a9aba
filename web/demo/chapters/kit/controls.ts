import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { formStyles } from '../../form-styles.js';
import { threeDigits } from '../../three-digits.js';

const lineStyles = css`
  :host {
    display: block;
  }
  .line {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 12px;
    align-items: center;
    font-variant-numeric: tabular-nums;
  }
  input[type='range'] {
    width: 128px;
    height: 24px;
    margin: 0;
  }
  select {
    max-width: 100%;
  }
  output {
    min-width: 40px;
  }
`;

/**
 * A labelled slider that shows its value.
 *
 * @fires slide - `CustomEvent<number>`, while it moves
 */
export class HsSlider extends LitElement {
  static override properties = {
    label: {},
    value: { type: Number },
    min: { type: Number },
    max: { type: Number },
    step: { type: Number },
    shown: { attribute: false },
  };

  static override styles = [formStyles, lineStyles];

  declare label: string;
  declare value: number;
  declare min: number;
  declare max: number;
  declare step: number;
  /** What stands beside it; the value with three digits unless given. */
  declare shown: string | null;

  constructor() {
    super();
    this.label = '';
    this.value = 0;
    this.min = 0;
    this.max = 1;
    this.step = 1;
    this.shown = null;
  }

  protected override render(): TemplateResult {
    const shown = this.shown ?? threeDigits(this.value);
    return html`<div class="line">
      <label for="slider">${this.label}</label>
      <input
        id="slider"
        type="range"
        min=${this.min}
        max=${this.max}
        step=${this.step}
        aria-valuetext=${shown}
        .value=${live(String(this.value))}
        @input=${this.onInput}
      />
      <output aria-hidden="true">${shown}</output>
    </div>`;
  }

  private onInput(event: Event): void {
    this.value = (event.target as HTMLInputElement).valueAsNumber;
    this.dispatchEvent(new CustomEvent<number>('slide', { detail: this.value, bubbles: true, composed: true }));
  }
}

/** One entry of a list to choose from. */
export interface Choice<Value extends string = string> {
  readonly value: Value;
  readonly name: string;
}

/**
 * A labelled list to choose from.
 *
 * @fires choose - `CustomEvent<string>`
 */
export class HsSelect extends LitElement {
  static override properties = { label: {}, value: {}, choices: { attribute: false } };

  static override styles = [formStyles, lineStyles];

  declare label: string;
  declare value: string;
  declare choices: readonly Choice[];

  constructor() {
    super();
    this.label = '';
    this.value = '';
    this.choices = [];
  }

  protected override render(): TemplateResult {
    return html`<div class="line">
      <label for="select">${this.label}</label>
      <select id="select" @change=${this.onChange}>
        ${this.choices.map(
          ({ value, name }) => html`<option value=${value} .selected=${live(value === this.value)}>${name}</option>`,
        )}
      </select>
    </div>`;
  }

  private onChange(event: Event): void {
    this.value = (event.target as HTMLSelectElement).value;
    this.dispatchEvent(new CustomEvent<string>('choose', { detail: this.value, bubbles: true, composed: true }));
  }
}

/** A checkbox with its label; `changed` gets what it became. */
export function checkbox(label: string, checked: boolean, changed: (checked: boolean) => void): TemplateResult {
  return html`<label class="check"
    ><input
      type="checkbox"
      .checked=${live(checked)}
      @change=${(event: Event) => changed((event.target as HTMLInputElement).checked)}
    />
    ${label || nothing}</label
  >`;
}

customElements.define('hs-slider', HsSlider);
customElements.define('hs-select', HsSelect);
