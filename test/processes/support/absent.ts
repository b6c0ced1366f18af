/** In the place of what is always there, and of which the compiler cannot know. */
export function absent(): never {
  throw new Error('Something is not there that the test itself has made.');
}
