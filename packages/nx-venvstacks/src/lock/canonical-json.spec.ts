import { canonicalJson, jsonEqual, type Json } from './canonical-json';

describe('canonical JSON', () => {
  it.each<[string, Json, string]>([
    ['in order', { a: 1, b: [true, null, 'x'] }, '{"a":1,"b":[true,null,"x"]}'],
    ['out of order', { b: 1, a: 2 }, '{"a":2,"b":1}'],
    ['out of order further down', { a: [{ c: 1, b: { z: 1, y: 2 } }] }, '{"a":[{"b":{"y":2,"z":1},"c":1}]}'],
    // JavaScript has such keys first, and by their numbers.
    ['that look like numbers', { a: 1, 9: 2, 10: 3 }, '{"10":3,"9":2,"a":1}'],
    ['beyond the sixteenth bit', { '\u{1f600}': 1, '\uffff': 2 }, '{"\uffff":2,"\u{1f600}":1}'],
    ['of nothing', {}, '{}'],
  ])('has keys %s in code-point order', (_, value, expected) => {
    expect(canonicalJson(value)).toBe(expected);
  });

  it.each<[boolean, Json, Json]>([
    [true, { a: 1, b: [1, 2] }, { b: [1, 2], a: 1 }],
    [true, [], []],
    [true, null, null],
    [false, [1, 2], [2, 1]],
    [false, [1], [1, 2]],
    [false, { a: 1 }, { a: 1, b: 1 }],
    [false, { a: 1, b: 1 }, { a: 1 }],
    [false, { a: 1 }, { b: 1 }],
    [false, { toString: 1 }, { a: 1 }],
    [false, [], {}],
    [false, null, {}],
    [false, '1', 1],
  ])('finds %p for whether these are equal: %j, %j', (expected, a, b) => {
    expect(jsonEqual(a, b)).toBe(expected);
    expect(canonicalJson(a) === canonicalJson(b)).toBe(expected);
  });
});
