/** What stands before the host in a URI may be a password, and what stands behind its path where keys are. */
const USER = /([a-z][a-z0-9+.-]*:\/\/)[^\s/?'"]*@/gi;
const QUERY = /([a-z][a-z0-9+.-]*:\/\/[^\s?'"]*\?)[^\s:'"]*/gi;

/** A text of libvirt's with its URIs as anybody may see them: it goes into conditions, Events and logs. */
export function withoutCredentials(text: string): string {
  return text.replace(USER, '$1…@').replace(QUERY, '$1…');
}
