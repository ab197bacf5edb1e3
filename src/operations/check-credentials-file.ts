/** Looks at a file of credentials before it is used. */

/** Throws `credentials-missing` when it cannot be read or lacks a key, and `permission-denied` when others than its owner may read it. */
export async function checkCredentialsFile(path: string): Promise<void> {
  const {readCredentialsFile} = await import('../backend/s3/credentials-file.js')
  await readCredentialsFile(path)
}
