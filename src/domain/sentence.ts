/** Words of others, such as a backend's, ended as a sentence that more can follow. */
export function sentence(words: string): string {
  return /[.!?]$/.test(words) ? words : `${words}.`;
}
