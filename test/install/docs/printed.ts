const DURATION = /\b\d+(\.\d+)?( (ms|s|min|h)\b|(ms|s)\b|m(\d+s)?\b|h(\d+m)?\b|d(\d+h)?\b)/g;
const UID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g;
const MOMENT = /\b\d{4}-\d\d-\d\dT[\d:.]+Z\b/g;

/** A node that the scheduler has chosen. */
const NODE = /\bnode-[a-z]\b/g;
/** What follows are those of an object; kubectl puts those of one second in any order. */
const EVENTS = 'Events:';
/** Phases that may be over before they are told. */
const FLEETING = /\b(Preparing|Completing)\b/;

/** A line without what is another one each time: durations, uids, points in time, the widths of columns. */
function masked(line: string): string {
  return line
    .replace(UID, '<uid>')
    .replace(MOMENT, '<moment>')
    .replace(DURATION, '<time>')
    .replace(/ +/g, ' ')
    .trimEnd();
}

/** Whether a line is as it is shown; `…` in what is shown stands for anything. */
function isAsShown(line: string, shown: string): boolean {
  const parts = masked(shown)
    .split('…')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(masked(line));
}

/** Whether an output is as it is shown; a line `…` stands for any number of lines. */
export function areAsShown(lines: readonly string[], shown: readonly string[]): boolean {
  const head = shown.indexOf(EVENTS);
  const from = lines.indexOf(EVENTS);
  if (head === -1 || from === -1) return areInOrder(lines, shown);
  const told = lines.slice(from).filter((line) => !FLEETING.test(line));
  return areInOrder(lines.slice(0, from), shown.slice(0, head)) && areInAnyOrder(told, shown.slice(head));
}

function areInAnyOrder(lines: readonly string[], shown: readonly string[]): boolean {
  const [first, ...rest] = shown;
  if (first === undefined) return lines.length === 0;
  return lines.some(
    (line, index) => isAsShown(line, first) && areInAnyOrder(lines.toSpliced(index, 1), rest),
  );
}

function areInOrder(lines: readonly string[], shown: readonly string[]): boolean {
  const [first, ...rest] = shown;
  if (first === undefined) return lines.length === 0;
  if (first.trim() === '…') {
    return areInOrder(lines, rest) || (lines.length > 0 && areInOrder(lines.slice(1), shown));
  }
  const [line, ...others] = lines;
  return line !== undefined && isAsShown(line, first) && areInOrder(others, rest);
}

/** Whether an output says what is shown of it: with other line breaks, or nothing where that is of no interest. */
export function areAsToldInBrief(lines: readonly string[], shown: readonly string[]): boolean {
  const told = shown.join(' ').trim();
  return told === '' || isAsShown(lines.join(' '), told);
}

/** What a watch has printed, without what passes too quickly, and without lines that say the same as the one before. */
export function toldByWatch(lines: readonly string[]): string[] {
  const told = lines.filter((line) => !FLEETING.test(line));
  const said = (line = '') => masked(line).replace(NODE, '<node>');
  return told.filter((line, index) => index === 0 || said(line) !== said(told[index - 1]));
}

/** What a program of Go logs beside its output, such as a watch of kubectl that ended while it was being closed. */
const LOGGED = /^[IWEF]\d{4} \d\d:\d\d:\d\d\.\d+ /;

/** The lines of an output. */
export function linesOf(output: string): string[] {
  const lines = output.split('\n').flatMap((line) => (LOGGED.test(line) ? [] : line.trimEnd()));
  while (lines.at(-1) === '') lines.pop();
  return lines;
}
