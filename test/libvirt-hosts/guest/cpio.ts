/** A file of an archive, or a folder where there is no content. */
export interface Entry {
  readonly path: string;
  readonly mode: number;
  readonly content?: Buffer;
}

const FOLDER = 0o040000;
const FILE = 0o100000;
const ALIGNMENT = 4;

/** An archive that Linux reads as its first file system ("newc": buffer-format.rst of the kernel). The same for the same entries. */
export function cpio(entries: readonly Entry[]): Buffer {
  const all = [...entries, { path: 'TRAILER!!!', mode: 0, content: Buffer.alloc(0) }];
  return Buffer.concat(all.flatMap((entry, index) => record(entry, index + 1)));
}

function record({ path, mode, content }: Entry, inode: number): Buffer[] {
  const name = Buffer.from(`${path}\0`);
  const type = content === undefined ? FOLDER : FILE;
  const data = content ?? Buffer.alloc(0);
  // inode, mode, uid, gid, links, mtime, size, device, device of a node, length of the name, check sum
  const fields = [inode, mode === 0 ? 0 : type | mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, name.length, 0];
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
  return [padded(Buffer.concat([Buffer.from(header), name])), padded(data)];
}

function padded(data: Buffer): Buffer {
  return Buffer.concat([data, Buffer.alloc(-data.length & (ALIGNMENT - 1))]);
}
