import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { formStyles } from '../../form-styles.js';

/**
 * A labelled field for a number that the chapter may refuse, with the reason below it. What is typed stays as it is.
 *
 * @fires number - `CustomEvent<number>`, NaN for what is none
 */
export class HsNumber extends LitElement {
  static override properties = { label: {}, value: { type: Number }, problem: {} };

  static override styles = [
    formStyles,
    css`
      :host {
        display: block;
      }
      label {
        display: flex;
        gap: 12px;
        align-items: center;
      }
      input {
        width: 72px;
        font-variant-numeric: tabular-nums;
      }
      input[aria-invalid='true'] {
        outline: 2px solid var(--hs-error);
      }
      p {
        margin: 4px 0 0;
        max-width: 40ch;
      }
    `,
  ];

  declare label: string;
  declare value: number;
  /** Why this number is refused; empty where it is not. */
  declare problem: string;

  constructor() {
    super();
    this.label = '';
    this.value = 0;
    this.problem = '';
  }

  protected override render(): TemplateResult {
    return html`<label>
        <span>${this.label}</span>
        <input
          inputmode="decimal"
          autocomplete="off"
          maxlength="12"
          aria-invalid=${this.problem ? 'true' : 'false'}
          aria-describedby=${this.problem ? 'problem' : nothing}
          .value=${String(this.value)}
          @input=${this.onInput}
        />
      </label>
      ${this.problem ? html`<p class="error" id="problem" role="alert">${this.problem}</p>` : nothing}`;
  }

  private onInput(event: Event): void {
    const text = (event.target as HTMLInputElement).value.trim();
    const detail = text === '' ? NaN : Number(text);
    this.dispatchEvent(new CustomEvent<number>('number', { detail, bubbles: true, composed: true }));
  }
}

customElements.define('hs-number', HsNumber);
