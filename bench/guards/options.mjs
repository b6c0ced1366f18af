/** What stands behind `npm run bench --`. */
export function optionsOf(words) {
  const after = (name) => {
    const at = words.indexOf(name);
    if (at < 0) return undefined;
    if (words[at + 1] === undefined) throw new Error(`${name} wants a value.`);
    return words[at + 1];
  };
  return {
    quick: words.includes('--quick'),
    write: words.includes('--write'),
    only: after('--only'),
    save: after('--save'),
    compare: after('--compare'),
  };
}
