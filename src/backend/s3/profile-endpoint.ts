/** The server that a profile of ~/.aws/config names, which the SDK tells too late: how buckets are addressed depends on it. */
import {homedir} from 'node:os'
import {join} from 'node:path'
import {systemCode} from '../../errors.js'
import {readStart} from '../../util/read-start.js'

const MAX_BYTES = 1024 * 1024

/** `endpoint_url` of the profile, or of `s3` in the services that it names; undefined where there is none. */
export async function profileEndpoint(profile: string = process.env.AWS_PROFILE || 'default'): Promise<string | undefined> {
  if (process.env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS === 'true') return undefined
  const sections = parseSections(await readConfig(process.env.AWS_CONFIG_FILE || join(homedir(), '.aws', 'config')))
  const own = sections.get(`profile ${profile}`) ?? (profile === 'default' ? sections.get('default') : undefined)
  if (own?.get('ignore_configured_endpoint_urls') === 'true') return undefined
  const services = own?.get('services')
  const ofService = services === undefined ? undefined : sections.get(`services ${services}`)?.get('s3.endpoint_url')
  return ofService ?? own?.get('endpoint_url')
}

/** That it cannot be read is told by the SDK, if credentials are to come from it. */
async function readConfig(path: string): Promise<string> {
  try {
    return (await readStart(path, MAX_BYTES)).toString('utf8')
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return ''
  }
}

/** Keys by section; an indented one below `s3 =` is `s3.key`. */
function parseSections(text: string): Map<string, Map<string, string>> {
  const sections = new Map<string, Map<string, string>>()
  let section = new Map<string, string>()
  let parent = ''
  for (const line of text.split(/\r?\n/)) {
    const header = /^\s*\[\s*([^\]]+?)\s*\]/.exec(line)?.[1]
    const [, indent = '', key, value] = /^(\s*)([A-Za-z0-9_]+)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    if (header !== undefined) {
      section = sections.get(header) ?? new Map<string, string>()
      sections.set(header.replace(/\s+/g, ' '), section)
      parent = ''
    } else if (key !== undefined && value !== undefined) {
      if (indent !== '' && parent !== '') section.set(`${parent}.${key}`, value)
      else section.set(key, value)
      if (indent === '') parent = value === '' ? key : ''
    }
  }
  return sections
}
