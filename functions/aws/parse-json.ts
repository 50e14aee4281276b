// JSON that may be broken, as text from outside may: undefined then, which no schema of ours accepts.
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
