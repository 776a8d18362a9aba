import { msg } from '@lit/localize';
import { html, type TemplateResult } from 'lit';
import { chapterTitle } from '../chapters.js';
import { ChapterElement } from '../kit/chapter-element.js';
import './layer-section.js';
import './shapes-section.js';

/** Chapter 4: MobileViT's patch attention, by itself and in a trained model. */
class PatchesChapter extends ChapterElement {
  protected override render(): TemplateResult {
    return html`
      <h2>${chapterTitle('patches')}</h2>
      <p>
        ${msg(
          'A picture has many places, and attention between all of them costs the square of their number. MobileViT (Mehta and Rastegari, 2021) lets every place look only at the same place in other patches: a quarter of the places for patches of 2 × 2, so a quarter of the work. Neighbours inside a patch have been mixed before by other means, so nothing is out of reach for long.',
        )}
      </p>
      <hs-patch-layer></hs-patch-layer>
      <hs-shapes></hs-shapes>
    `;
  }
}

customElements.define('hs-chapter-patches', PatchesChapter);
