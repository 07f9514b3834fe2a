/** Programs whose commands may stand in a sentence. */
const COMMAND = /^(kubectl|helm|docker|virsh) /;
const FENCE = /^```[^]*?^```$/gm;
const SPAN = /`([^`]+)`/g;

/** What a person puts in the place of a word in capitals. */
const WORDS: Readonly<Record<string, string>> = {
  INSTANCE: 'web-1',
  MIGRATION: 'web-1-away',
  NAMESPACE: 'team-a',
  NODE: 'node-a',
  DESTINATION: 'node-b',
  CLAIM: 'web-1-root',
  SECRET: 'web-1-userdata',
};
/** Verbs of what is only tried: the API server says whether it would do it. */
const CHANGES = /^kubectl (delete|patch|taint|uncordon) /;

/** The commands that stand in the sentences of a page; one that has nothing but flags behind its verb is only named. */
export function commandsInSentences(page: string): string[] {
  return [...page.replace(FENCE, '').matchAll(SPAN)]
    .map(([, span = '']) => span.replace(/\s+/g, ' '))
    .filter((span) => COMMAND.test(span) && !isOfPlugin(span) && hasArgument(span));
}

/** Whose verbs have a page, and tests, of their own. */
function isOfPlugin(span: string): boolean {
  return span.startsWith('kubectl medevac ');
}

function hasArgument(span: string): boolean {
  return span
    .split(' ')
    .slice(2)
    .some((word) => !word.startsWith('-'));
}

/** The command as it can be run where the docs are played: with names, and without changing anything. */
export function harmless(command: string): string {
  const named = command
    .replace(/(livemigration) NAME/, '$1 MIGRATION')
    .replace(/\bNAME\b/, 'INSTANCE')
    .replace(/\b[A-Z]{4,}\b/g, (word) => WORDS[word] ?? word);
  return CHANGES.test(named) ? `${named} --dry-run=server` : named;
}
