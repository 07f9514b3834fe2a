import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import packageJson from '../../package.json' with { type: 'json' };
import { COMMANDS } from '../../src/cli/commands.ts';
import { describeWhereThereIs } from '../support/describe-where-there-is.ts';
import { startDocsCluster, type DocsCluster } from './docs/docs-cluster.ts';
import { ELSEWHERE } from './docs/elsewhere.ts';
import { stepsOf, withoutRemark } from './docs/page.ts';
import { playPage, recordPage, runCommand } from './docs/play-page.ts';
import { commandsInSentences, harmless } from './docs/sentences.ts';
import { missingForHelm } from './helm.ts';

const ROOT = join(import.meta.dirname, '../..');
const LONG = 300_000;

/** Pages that are played, in this order, on one cluster: the first one installs medevac. */
const STORIES = [
  'docs/start.md',
  'README.md',
  'docs/cli.md',
  'docs/watching.md',
  'docs/how-to/rescue-a-broken-fstab.md',
  'docs/how-to/roll-out-a-kubevirt-upgrade.md',
  'docs/how-to/run-from-git.md',
  'docs/drain.md',
  'docs/how-to/drain-a-node.md',
];
/** The one that takes medevac away. */
const LAST = 'docs/upgrade.md';
const PLAYED = [...STORIES, LAST];

/** Pages that show the outlines of a story: their lines are wrapped, and much of what is printed is left out. */
const BRIEF: ReadonlySet<string> = new Set(['README.md']);

/** What a page of commands, links and words may be beside its text. */
const FENCES = ['console', 'json', 'promql', 'text', 'yaml'];

/** Set, the pages are written anew with what the commands have printed. */
const recording = process.env['RECORD_DOCS'] === 'true';

const read = (page: string) => readFileSync(join(ROOT, page), 'utf8');

/** What a person reads: the docs, what GitHub shows first, and what Artifact Hub shows. */
function pages(): string[] {
  const first = readdirSync(ROOT).filter((name) => name.endsWith('.md'));
  return [...first, 'charts/medevac/README.md', ...docs()];
}

function docs(folder = 'docs'): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map(({ parentPath, name }) => relative(ROOT, join(parentPath, name)));
}

/** All commands that a page shows. */
function commandsOf(page: string): string[] {
  return stepsOf(read(page)).flatMap((step) => (step.kind === 'act' ? [] : [withoutRemark(step.command)]));
}

/** Those that others run. */
function skippedOn(page: string): ReadonlySet<string> {
  return new Set(ELSEWHERE.filter((each) => each.page === page).map(({ command }) => command));
}

/** Commands in sentences that others do not run, by page. */
function sentences(): { command: string; pages: string }[] {
  const found = new Map<string, string[]>();
  for (const page of pages().filter((each) => !each.startsWith('docs/adr/')))
    for (const command of commandsInSentences(read(page)).filter((each) => !skippedOn(page).has(each)))
      found.set(command, [...(found.get(command) ?? []), page]);
  return [...found].map(([command, where]) => ({ command, pages: [...new Set(where)].join(', ') }));
}

function playedOn(page: string): string[] {
  return commandsOf(page).filter((command) => !skippedOn(page).has(command));
}

describe('the docs', () => {
  it('have no command that nothing runs', () => {
    const unplayed = pages().filter((page) => !PLAYED.includes(page));
    const shown = unplayed.flatMap((page) => commandsOf(page).map((command) => `${page}: ${command}`));
    const others = ELSEWHERE.filter(
      ({ page, command }) => unplayed.includes(page) && commandsOf(page).includes(command),
    );
    expect(shown).toEqual(others.map(({ page, command }) => `${page}: ${command}`));
  });

  it.each(ELSEWHERE)('$page leaves `$command` to $by: $why', ({ page, command, by, says }) => {
    expect([...commandsOf(page), ...commandsInSentences(read(page))]).toContain(command);
    expect(read(by)).toContain(says);
  });

  it('leave nothing to others that is like what they run themselves', () => {
    const like = (one: string) => one.split(' ').slice(0, 2).join(' ');
    const left = ELSEWHERE.filter(({ page, command }) => commandsOf(page).includes(command)).map(
      ({ page, command }) => `${page}: ${like(command)}`,
    );
    const played = PLAYED.flatMap((page) => playedOn(page).map((command) => `${page}: ${like(command)}`));
    expect(left.filter((command) => played.includes(command))).toEqual([]);
  });

  it('have no block in a language that could hide a command', () => {
    const fences = pages().flatMap((page) =>
      [...read(page).matchAll(/^ *```([a-z]+)/gm)].map(([, language = '']) => language),
    );
    expect([...new Set(fences)].filter((language) => !FENCES.includes(language))).toEqual([]);
  });

  it('name only scripts and verbs that there are', () => {
    const named = pages().flatMap((page) =>
      [...read(page).matchAll(/`(npm run|kubectl medevac) ([a-z][a-z:-]*)/g)].map(
        ([, program = '', word = '']) => ({ page, program, word }),
      ),
    );
    const there = (program: string, word: string) =>
      program === 'npm run' ? word in packageJson.scripts : COMMANDS.some(({ name }) => name === word);
    expect(named.filter(({ program, word }) => !there(program, word))).toEqual([]);
    expect(named.length).toBeGreaterThan(40);
  });

  it('are all found from the index', () => {
    const linked = [...read('docs/index.md').matchAll(/\]\(([^)#]+)/g)].map(
      ([, path]) => `docs/${path ?? ''}`,
    );
    const isOwnFolder = (page: string) => page.startsWith('docs/adr/');
    expect(docs().filter((page) => !linked.includes(page) && !isOwnFolder(page))).toEqual(['docs/index.md']);
  });

  it('link to what is there', () => {
    const links = pages().flatMap((page) =>
      [...read(page).matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, target = '']) => ({ page, target })),
    );
    const broken = links.filter(({ page, target }) => {
      const path = join(ROOT, page, '..', target);
      try {
        return readdirSync(join(path, '..')).every((name) => !path.replace(/\/$/, '').endsWith(name));
      } catch {
        return true;
      }
    });
    expect(broken).toEqual([]);
  });
});

describeWhereThereIs('Helm', missingForHelm(), 'what the docs show', () => {
  let cluster: DocsCluster;

  beforeAll(async () => {
    cluster = await startDocsCluster();
  }, LONG);
  afterAll(() => cluster.close(), LONG);

  /** Where a page is otherwise than what was printed. */
  async function play(page: string) {
    const manner = { skipped: skippedOn(page), brief: BRIEF.has(page) };
    if (!recording || manner.brief) return playPage(read(page), cluster.terminal, manner);
    writeFileSync(join(ROOT, page), await recordPage(read(page), cluster.terminal, manner.skipped));
    return [];
  }

  it.each(STORIES)(
    '%s: each command, and what it prints',
    async (page) => {
      expect(await play(page)).toEqual([]);
    },
    LONG,
  );

  describe('in a sentence', () => {
    beforeAll(async () => {
      await runCommand('kubectl apply -f examples/web-1-away.yaml', cluster.terminal);
    });

    it.each(sentences())('$command ($pages)', async ({ command }) => {
      await expect(runCommand(harmless(command), cluster.terminal)).resolves.toBeUndefined();
    });
  });

  it(
    `${LAST}: each command, and what it prints`,
    async () => {
      expect(await play(LAST)).toEqual([]);
    },
    LONG,
  );
});
