// Where to go after sign-in: only a path of this console, never another site.

const HERE = 'http://console.invalid'

/** The path as it was asked for, or the start page. Judged as a browser reads it: it drops tabs and line ends, and takes \ for /. */
export function safePath(next: string | undefined): string {
  const own =
    next?.startsWith('/') === true && URL.canParse(next, HERE) && new URL(next, HERE).origin === HERE
  return own ? next : '/'
}
