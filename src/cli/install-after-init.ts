export async function installAfterInit(_flags: {config?: string}): Promise<string[]> {
  return []
}
