// The list of durable work. One file per kind; a new kind is a file and a line here.
import type { Work } from './work.ts'

export const works: Work[] = []
