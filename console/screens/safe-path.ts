// Where to go after sign-in: only a path of this console, never another site.

/** The path as it was asked for, or the start page. */
export function safePath(next: string | undefined): string {
  return next !== undefined && /^\/(?![/\\])/.test(next) ? next : '/'
}
