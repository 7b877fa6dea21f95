// Joins class names and leaves out what is not set, so that no component needs its own way to.

/** The given class names with spaces between; false, null and undefined are left out. */
export function cx(...parts: (string | false | null | undefined)[]): string {
  return parts.filter(Boolean).join(' ')
}
