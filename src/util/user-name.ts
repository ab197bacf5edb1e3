/** Who runs this process. */
import {userInfo} from 'node:os'

/** The name of the user, or the number where the system has no name for it, as in many containers. */
export function userName(): string {
  try {
    return userInfo().username
  } catch (error) {
    const uid = process.getuid?.()
    if (uid === undefined) throw error
    return String(uid)
  }
}
