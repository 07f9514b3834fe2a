/** The strongly connected components of a graph (Tarjan, without recursion): the component of each vertex. */
export function componentsOf(successors: readonly (readonly number[])[]): Int32Array {
  const count = successors.length;
  const component = new Int32Array(count).fill(-1);
  const index = new Int32Array(count).fill(-1);
  const low = new Int32Array(count);
  const path: number[] = [];
  let visited = 0;
  let components = 0;

  const enter = (vertex: number) => {
    index[vertex] = low[vertex] = visited;
    visited += 1;
    path.push(vertex);
  };
  const leave = (vertex: number) => {
    if (low[vertex] !== index[vertex]) return;
    for (let member = path.pop(); member !== undefined; member = path.pop()) {
      component[member] = components;
      if (member === vertex) break;
    }
    components += 1;
  };
  const lower = (vertex: number, to: number) => {
    low[vertex] = Math.min(low[vertex] ?? 0, to);
  };

  for (let root = 0; root < count; root += 1) {
    if (index[root] !== -1) continue;
    enter(root);
    const work: { vertex: number; edge: number }[] = [{ vertex: root, edge: 0 }];
    for (let top = work.at(-1); top !== undefined; top = work.at(-1)) {
      const { vertex } = top;
      const next = successors[vertex]?.[top.edge];
      top.edge += 1;
      if (next === undefined) {
        work.pop();
        leave(vertex);
        const caller = work.at(-1);
        if (caller !== undefined) lower(caller.vertex, low[vertex] ?? 0);
      } else if (index[next] === -1) {
        enter(next);
        work.push({ vertex: next, edge: 0 });
      } else if (component[next] === -1) {
        lower(vertex, index[next] ?? 0);
      }
    }
  }
  return component;
}
