/** The strongly connected components of a graph (Tarjan, without recursion): the component of each vertex. */
export function componentsOf(successors: readonly (readonly number[])[]): Int32Array {
  const search = new Search(successors);
  for (let root = 0; root < successors.length; root += 1) search.from(root);
  return search.component;
}

class Search {
  readonly component: Int32Array;
  readonly #successors: readonly (readonly number[])[];
  readonly #index: Int32Array;
  readonly #low: Int32Array;
  /** Vertices that were visited and belong to no component yet. */
  readonly #open: number[] = [];
  #visited = 0;
  #components = 0;

  constructor(successors: readonly (readonly number[])[]) {
    this.#successors = successors;
    this.component = new Int32Array(successors.length).fill(-1);
    this.#index = new Int32Array(successors.length).fill(-1);
    this.#low = new Int32Array(successors.length);
  }

  from(root: number): void {
    if (this.#index[root] !== -1) return;
    const path = [this.#enter(root)];
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const next = this.#successors[top.vertex]?.[top.edge];
      top.edge += 1;
      if (next === undefined) {
        path.pop();
        this.#leave(top.vertex, path.at(-1)?.vertex);
      } else if (this.#index[next] === -1) {
        path.push(this.#enter(next));
      } else if (this.component[next] === -1) {
        this.#lower(top.vertex, this.#index[next]);
      }
    }
  }

  #enter(vertex: number): { readonly vertex: number; edge: number } {
    this.#index[vertex] = this.#low[vertex] = this.#visited;
    this.#visited += 1;
    this.#open.push(vertex);
    return { vertex, edge: 0 };
  }

  #leave(vertex: number, caller: number | undefined): void {
    if (this.#low[vertex] === this.#index[vertex]) this.#close(vertex);
    if (caller !== undefined) this.#lower(caller, this.#low[vertex]);
  }

  /** Everything that is open down to the vertex is one component. */
  #close(vertex: number): void {
    for (let member = this.#open.pop(); member !== undefined; member = this.#open.pop()) {
      this.component[member] = this.#components;
      if (member === vertex) break;
    }
    this.#components += 1;
  }

  #lower(vertex: number, to = 0): void {
    this.#low[vertex] = Math.min(this.#low[vertex] ?? 0, to);
  }
}
