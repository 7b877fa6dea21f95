// What the pages remember beside the world: who tried to sign in, what was pressed, and tokens that are shown once. It ends with the process.

export interface PagesState {
  /** Every sign-in that got as far as a password, oldest first. */
  signIns: { email: string; outcome: 'wrong password' | 'blocked' | 'password right' | 'signed in' }[]
  /** Every form that changed something or tried to, oldest first: the path after the section, and what it was about. */
  presses: { action: string; subject: string; outcome: 'done' | 'already so' | 'ignored' | 'refused' }[]
  /** Pages that were asked for, pictures and forms among them. */
  visits: number
  /** Whose own page was asked for, of people and system users, oldest first. */
  looked: string[]
  /** A ticket → the label of the token that it shows, once. */
  shown: Map<string, string>
  /** The text of the last security picture that was sent. */
  picture: string | null
}

export function pagesState(): PagesState {
  return { signIns: [], presses: [], visits: 0, looked: [], shown: new Map(), picture: null }
}
