// Pictures that a person must see to answer a question: in the memory of the process whose browser waits, and nowhere else.

const pictures = new Map<string, Buffer>()

export const showPicture = (questionId: string, picture: Buffer): void =>
  void pictures.set(questionId, picture)
export const forgetPicture = (questionId: string): void => void pictures.delete(questionId)

/** Null where the question has none, or another process holds it. */
export const livePicture = (questionId: string): Buffer | null => pictures.get(questionId) ?? null
