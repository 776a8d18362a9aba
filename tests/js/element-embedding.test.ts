import { describe, expect, it } from 'vitest';
import { embedTexts } from '../../web/element/embedding/embed-text.js';
import { joinGroup, leaveGroup, tellGroup, type Shared } from '../../web/element/embedding/group.js';
import { readPermalink } from '../../web/element/embedding/permalink.js';
import { readState } from '../../web/element/embedding/state.js';
import { stateOfStep } from '../../web/element/embedding/steps.js';
import { DEFAULT_SETTINGS } from '../../web/element/settings.js';

class Member {
  readonly heard: Shared[] = [];
  constructor(readonly group: string) {}
  follow(news: Shared): void {
    this.heard.push(news);
  }
}

const pin = { queries: [1], keys: [2] };
const selection = { hover: null, pin };

describe('a group', () => {
  it('tells the others, not the one who tells, and nobody else', () => {
    const [a, b, other] = [new Member('one'), new Member('one'), new Member('two')];
    for (const member of [a, b, other]) joinGroup(member.group, member);
    tellGroup('one', a, { selection });
    expect([a.heard, b.heard, other.heard]).toEqual([[], [{ selection }], []]);
    leaveGroup('one', b);
    tellGroup('one', a, { display: { head: 3 } });
    expect(b.heard).toHaveLength(1);
    tellGroup('one', b, { display: { head: 4 } });
    expect(a.heard).toEqual([]);
    for (const member of [a, other]) leaveGroup(member.group, member);
  });

  it('tells those who come later all that is known, and forgets it with the last one', () => {
    const [a, b, c] = [new Member('g'), new Member('g'), new Member('g')];
    joinGroup('g', a);
    tellGroup('g', a, { display: { head: 3, topK: 2 } });
    tellGroup('g', a, { selection });
    tellGroup('g', a, { display: { head: 1 } });
    joinGroup('g', b);
    expect(b.heard).toEqual([{ selection, display: { head: 1, topK: 2 } }]);
    leaveGroup('g', a);
    leaveGroup('g', b);
    joinGroup('g', c);
    expect(c.heard).toEqual([]);
    leaveGroup('g', c);
  });
});

it('a step begins where the story does, not where the reader is', () => {
  const settings = { ...DEFAULT_SETTINGS, causal: true };
  const start = { settings, compare: { head: 1 } };
  expect(stateOfStep(start, { head: 2, pin: { query: 3 }, caption: 'Look.' })).toEqual({
    settings: { ...settings, head: 2 },
    compare: { head: 1 },
    pin: { queries: [3], keys: [] },
  });
  expect(stateOfStep(start, { causal: false }).settings.causal).toBe(false);
  expect(stateOfStep(start, {}).pin).toBeNull();
  // The same object, so that nothing is computed anew.
  expect(stateOfStep(start, {}).compare).toBe(start.compare);
  expect(stateOfStep(start, { compare: null }).compare).toBeNull();
  expect(stateOfStep(start, { compare: { temperature: 1e9, causal: false } }).compare).toEqual({
    temperature: 1,
    causal: false,
  });
});

describe('embed texts', () => {
  const options = { src: './headscope/element.js', frame: 'https://example.org/frame.html?a=1&b="' };
  const state = {
    data: {
      weights: [
        [0.1, 0.9],
        [1, 0],
      ],
      tokens: ['</script><b>', '<!--"&'],
    },
    settings: { ...DEFAULT_SETTINGS, head: 1, view: ['matrix', 'text'], mergeWords: true } as const,
    pin,
  };

  it('are a tag with a child that is read as it was written', () => {
    const { tag } = embedTexts(state, options);
    const json = /<script type="application\/json">([^]*?)<\/script>/.exec(tag)?.[1] ?? '';
    expect(json).not.toMatch(/<\/|<!--/);
    const read = readState(JSON.parse(json));
    // float32(0.1) is written as 0.1.
    expect(read.data).toEqual({ weights: { shape: [2, 2], data: [0.1, 0.9, 1, 0] }, tokens: state.data.tokens });
    expect(read.pin).toEqual(pin);
    expect(tag).toContain('<head-scope view="matrix text" head="1" merge-words>');
    expect(tag.match(/<script/g)).toHaveLength(2);
    expect(tag.match(/<\/script>/g)).toHaveLength(2);
  });

  it('are an iframe whose address has it all', () => {
    const { frame } = embedTexts(state, options);
    expect(frame).toContain('a=1&amp;b=&quot;#headscope=1&amp;');
    const src = (/src="([^"]*)"/.exec(frame ?? '')?.[1] ?? '').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
    const read = readPermalink(src.slice(src.indexOf('#')));
    expect(read?.data.tokens).toEqual(state.data.tokens);
    expect(read?.data.weights).toEqual({ shape: [2, 2], data: Float32Array.of(0.1, 0.9, 1, 0) });
  });

  it('say what it is compared with, and what the reader changed', () => {
    const edits = [{ tensor: 'key', head: 0, index: 1, component: 0, value: -0.5 }] as const;
    const query = [[1], [2]];
    const compare = { temperature: 2, scale: undefined, causal: false, query: [[3], [4]] };
    const all = { data: { query, key: query }, settings: { causal: true }, pin: null, compare, edits };
    const { tag, script, frame } = embedTexts(all, options);
    const read = readState(JSON.parse(/json">([^]*?)<\/script>/.exec(tag)?.[1] ?? ''));
    expect(read.compare).toEqual({ ...compare, query: { shape: [2, 1], data: [3, 4] } });
    expect(Object.keys(read.compare ?? {})).toContain('scale');
    expect(read.edits).toEqual(edits);
    expect(script).toContain(
      'scope.compare = { temperature: 2, scale: undefined, causal: false, query: {"shape":[2,1],"data":[3,4]} };',
    );
    expect(script).toContain('scope.show({"edits":[{"tensor":"key","head":0,"index":1,"component":0,"value":-0.5}]});');
    const src = (/src="([^"]*)"/.exec(frame ?? '')?.[1] ?? '').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
    const linked = readPermalink(src.slice(src.indexOf('#')));
    expect(linked?.compare).toEqual({ ...compare, query: { shape: [2, 1], data: Float32Array.of(3, 4) } });
    expect(linked?.edits).toEqual(edits);
  });

  it('pack what is large, and leave out the iframe that would have to carry it', () => {
    const weights = { data: new Float32Array(4096).map((_, i) => i / 7), shape: [64, 64] };
    const { tag, frame, script } = embedTexts({ data: { weights }, settings: {}, pin: null }, options);
    expect(frame).toBeNull();
    const read = readState(JSON.parse(/json">([^]*?)<\/script>/.exec(tag)?.[1] ?? ''));
    expect(read.data.weights).toEqual(weights);
    expect(script).toContain('scope.weights = unpack("');
  });
});
