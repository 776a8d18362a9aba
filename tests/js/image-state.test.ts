import { describe, expect, it } from 'vitest';
import { FIRST_STATE, readImageState } from '../../web/demo/inputs/image-state.js';

describe('readImageState', () => {
  it('reads what a link holds, and nothing beside it', () => {
    expect(readImageState({ ...FIRST_STATE, more: 1 })).toEqual(FIRST_STATE);
    const drawn = { picture: 'blank', patches: 4, colour: false, strokes: 'BCBGAFhe' };
    expect(readImageState(JSON.parse(JSON.stringify(drawn)))).toEqual(drawn);
    expect(readImageState({ ...FIRST_STATE, picture: 'file' })?.picture).toBe('file');
  });

  it.each([
    [null],
    ['lake'],
    [{}],
    [{ ...FIRST_STATE, picture: '<img onerror=alert(1)>' }],
    [{ ...FIRST_STATE, patches: 1e9 }],
    [{ ...FIRST_STATE, patches: '8' }],
    [{ ...FIRST_STATE, colour: 'yes' }],
    [{ ...FIRST_STATE, strokes: 'not strokes' }],
    [{ ...FIRST_STATE, strokes: 7 }],
  ])('refuses %j', (value) => {
    expect(readImageState(value)).toBeNull();
  });
});
