// The variables that are declared where the parser stands. A name may be declared several times; blocks forget theirs.

export class VariableScope {
  private readonly names: string[] = [];
  private readonly counts = new Map<string, number>();

  constructor() {
    this.declare('$');
  }

  get size(): number {
    return this.names.length;
  }

  has(name: string): boolean {
    return this.counts.has(name);
  }

  declare(name: string): void {
    this.names.push(name);
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }

  /** Forgets what was declared since the scope had this size. */
  truncate(size: number): void {
    while (this.names.length > size) {
      const name = this.names.pop();
      if (name === undefined) return;
      const count = (this.counts.get(name) ?? 0) - 1;
      if (count > 0) this.counts.set(name, count);
      else this.counts.delete(name);
    }
  }
}
