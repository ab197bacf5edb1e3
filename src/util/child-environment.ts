/** What commands of the user's need not know, and must not show in the list of processes' environments. */
const HIDDEN_VARIABLE = /^POCKET_(FROM_|NEW_)?PASSWORD/

/** The environment of this process without passwords of repositories, and `variables`. */
export function childEnvironment(variables: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !HIDDEN_VARIABLE.test(name))
  return {...Object.fromEntries(inherited), ...variables}
}
