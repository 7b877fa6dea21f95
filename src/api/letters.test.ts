// Letters take names as one line of text: no line, no header, no direction (the unseen marks included) and no link of theirs.
import { expect, test } from 'vitest'
import { invitationLetter, passwordLetter, tokenRequestLetter } from './letters.ts'

const name =
  'Evil\r\nBcc: victim@example.test https://evil.example/a www.evil.example\u0000\u2028\u202eGood\u200f\u200e\u2066 Ltd'
const asked = { to: 'a@example.test', link: 'https://guestlist.example/x' }

test.each([
  invitationLetter({ ...asked, workspaceName: name, inviterName: name, role: 'guest', hours: 72 }),
  passwordLetter({ ...asked, name, minutes: 30 }),
  tokenRequestLetter({
    ...asked,
    workspaceName: name,
    requesterName: name,
    partnerName: name,
    days: 7,
    asGuest: false,
  }),
])('$subject', ({ subject, text }) => {
  expect(subject + text).not.toMatch(
    /[\u0000-\u0009\u000b-\u001f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/,
  )
  expect(text).not.toMatch(/^Bcc:/m)
  expect(text).toContain('Evil Bcc: victim@example .test https: //evil .example/a www .evil .example Good')
  // The one link of a letter is its own.
  expect(text.match(/\S+:\/\/\S+|www\.\S+/g)).toEqual([asked.link])
})
