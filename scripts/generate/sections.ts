import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/**
 * A page of docs with its generated sections made anew; the rest of it is written by hand. A section stands between
 * `<!-- generated: NAME -->` and `<!-- end -->`.
 *
 * @throws where the page lacks a section, or has one that nobody generates
 */
export function withSections(path: string, sections: Readonly<Record<string, readonly string[]>>): string {
  const page = readFileSync(join(ROOT, path), 'utf8');
  const found = new Set<string>();
  const content = page.replaceAll(
    /(<!-- generated: (.+) -->\n)[^]*?(<!-- end -->)/g,
    (_, begin: string, name: string, end: string) => {
      found.add(name);
      const lines = sections[name];
      if (lines === undefined) throw new Error(`${path}: nobody generates section "${name}"`);
      return [begin, ...lines, '', end].join('\n');
    },
  );
  const missing = Object.keys(sections).filter((name) => !found.has(name));
  if (missing.length > 0) throw new Error(`${path} has no section for ${missing.join(', ')}`);
  return content;
}
