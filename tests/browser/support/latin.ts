import type { Page } from 'playwright-core';

/** Names, formats, keys and signs that a Chinese page writes in Latin letters, too. */
const ALLOWED = new Set(
  `headscope softmax JavaScript WebAssembly Transformer MobileViT SelfAttention MultiHeadAttention RoFormer
  Raimi Karim Illustrated Attention Self English Esc Enter
  npy npz safetensors csv tsv json nn Linear float32 base64
  CSV HTML iframe ALiBi
  svg PNG JPEG WebP GIF AVIF BMP SVG HEIC KiB MiB GiB MB
  dim heads fc_q fc_k fc_v fc_o to_qkv out in cos sin tanh NaN PE GELU ReLU LayerNorm PyTorch token query key value x`.split(
    /\s+/,
  ),
);

/**
 * Words in Latin letters that the page shows or says to assistive technology, where it should speak Chinese: all but
 * what is marked as another language or as not to be translated, code, equations, tokens, and what the visitor typed.
 */
export async function latinProse(page: Page): Promise<string[]> {
  const texts = await page.evaluate(() => {
    const skipped = '[lang=en], [translate=no], bdi, pre, code, math, script, noscript, style, textarea';
    const found: string[] = [];
    const walk = (root: Element | ShadowRoot): void => {
      for (const node of root.childNodes) {
        if (node instanceof Text) {
          if (node.data.trim() !== '') found.push(node.data.trim());
        } else if (node instanceof Element && !node.matches(skipped)) {
          for (const name of ['aria-label', 'title', 'placeholder', 'aria-valuetext', 'alt']) {
            const value = node.getAttribute(name);
            if (value) found.push(value);
          }
          if (node.shadowRoot) walk(node.shadowRoot);
          walk(node);
        }
      }
    };
    walk(document.body);
    found.push(document.title);
    return found;
  });
  return texts.filter((text) => {
    // A token's own name stands between isolates or quotation marks.
    const words = text.replace(/\u2068.*?\u2069/g, '').match(/[A-Za-z][A-Za-z_0-9]+/g) ?? [];
    return words.some((word) => !ALLOWED.has(word) && !/^(r\d+c\d+|t\d|[A-Z]\d*|W[QKV]|v1)$/.test(word));
  });
}
