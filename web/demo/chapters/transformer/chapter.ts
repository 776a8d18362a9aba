import { msg } from '@lit/localize';
import { html, nothing, type TemplateResult } from 'lit';
import { chapterTitle } from '../chapters.js';
import { ChapterElement } from '../kit/chapter-element.js';
import './anatomy-section.js';
import type { Reading } from './date-model.js';
import './date-section.js';
import './induction-section.js';
import { ownTask } from '../kit/own-task.js';
import './sorting-section.js';

const PARTS = 4;

/** Chapter 5: the whole Transformer, on models that were trained for one task each. */
class TransformerChapter extends ChapterElement {
  static override properties = { ...ChapterElement.properties, reading: { state: true }, parts: { state: true } };

  declare private reading: Reading | null;
  /** How many parts are there yet: one after the other, the first one first. */
  declare private parts: number;

  constructor() {
    super();
    this.reading = null;
    this.parts = 1;
  }

  protected override render(): TemplateResult {
    return html`
      <h2>${chapterTitle('transformer')}</h2>
      <p>
        ${msg(
          html`Attention alone mixes what it finds. The Transformer of
            <cite lang="en">Attention Is All You Need</cite> (<span lang="en">Vaswani et al.</span>, 2017) stacks it:
            attention and small feed-forward networks in turn, residual sums around both, norms to keep the numbers in
            bounds, positions so that order counts. An encoder reads, a decoder writes one token after the other and
            looks back at what was read.`,
        )}
      </p>
      <p>
        ${msg(
          'Random weights teach nothing, so the three models of this chapter were trained, each for one small task, by scripts that are in the project. They run here as you type, and nothing of them is hidden.',
        )}
      </p>
      <hs-date-reader
        @reading=${(event: CustomEvent<Reading>) => {
          this.reading = event.detail;
          void this.goOn();
        }}
      ></hs-date-reader>
      ${this.parts > 1 ? html`<hs-transformer-anatomy .reading=${this.reading}></hs-transformer-anatomy>` : nothing}
      ${this.parts > 2 ? html`<hs-induction></hs-induction>` : nothing}
      ${this.parts > 3 ? html`<hs-sorting></hs-sorting>` : nothing}
    `;
  }

  /** Once the first part is drawn, the others follow. */
  private async goOn(): Promise<void> {
    while (this.parts < PARTS) {
      await ownTask();
      this.parts += 1;
    }
  }
}

customElements.define('hs-chapter-transformer', TransformerChapter);
