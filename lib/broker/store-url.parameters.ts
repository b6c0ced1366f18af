/** What stands after the question mark of a store's URL. */
export type UrlParameters = Readonly<Record<string, string>>;

/** The parameters by lower-case name; nothing, if one is repeated or cannot be decoded. */
export function parametersOf(query: string | undefined): UrlParameters | undefined {
  const parameters = new Map<string, string>();
  for (const part of (query ?? '').split('&').filter((one) => one !== '')) {
    const [name = '', ...value] = part.split('=').map(decoded);
    if (name === '' || value.includes(undefined) || parameters.has(name.toLowerCase())) return undefined;
    parameters.set(name.toLowerCase(), value.join('='));
  }
  return Object.fromEntries(parameters);
}

/** @returns nothing, if a `%` stands for nothing */
export function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** A sentence about the first parameter that has no effect here: nothing that somebody asked for is ignored in silence. */
export function unknownParameter(parameters: UrlParameters, known: readonly string[]): string | undefined {
  const name = Object.keys(parameters).find((one) => !known.includes(one));
  if (name === undefined) return undefined;
  const shown = /^[\w-]{1,40}$/.test(name) ? name : 'something else';
  return `${shown} is no parameter that has an effect here: take it out${known.length > 0 ? `; there are ${known.join(', ')}` : ''}.`;
}
