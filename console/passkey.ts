// Passkeys in the browser: WebAuthn's calls, with its JSON forms written out, since browsers of 2024 cannot read and write those themselves
// (https://www.w3.org/TR/webauthn-3/#sctn-parseCreationOptionsFromJSON).

type Json = Record<string, unknown>

/** True where this browser can use a passkey here. */
export function canUsePasskeys(): boolean {
  return 'credentials' in navigator && 'PublicKeyCredential' in window
}

/** The person closed the browser's question, or let it run out. */
export class PasskeyDeclined extends Error {
  constructor() {
    super('No passkey was used: the question of the browser was closed, or its time was over. Try again.')
    this.name = 'PasskeyDeclined'
  }
}

/** Asks for a new passkey. Throws PasskeyDeclined, or an error whose message is a sentence. */
export async function createPasskey(options: Json): Promise<Json> {
  const credential = await asked(() => navigator.credentials.create({ publicKey: creation(options) }))
  const response = credential.response as AuthenticatorAttestationResponse
  return {
    ...shape(credential),
    response: {
      clientDataJSON: text(response.clientDataJSON),
      attestationObject: text(response.attestationObject),
      transports: response.getTransports(),
    },
  }
}

/** Asks for a passkey that is there. Throws the same. */
export async function askForPasskey(options: Json): Promise<Json> {
  const credential = await asked(() => navigator.credentials.get({ publicKey: request(options) }))
  const response = credential.response as AuthenticatorAssertionResponse
  return {
    ...shape(credential),
    response: {
      clientDataJSON: text(response.clientDataJSON),
      authenticatorData: text(response.authenticatorData),
      signature: text(response.signature),
      userHandle: response.userHandle === null ? undefined : text(response.userHandle),
    },
  }
}

async function asked(ask: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  let credential: Credential | null
  try {
    credential = await ask()
  } catch (error) {
    if (error instanceof DOMException && error.name === 'InvalidStateError')
      throw new Error('This device holds a passkey for your account already.', { cause: error })
    if (error instanceof DOMException && error.name === 'SecurityError')
      throw new Error(
        'Passkeys do not work at this address: the browser allows them only at localhost, or over https.',
        { cause: error },
      )
    throw new PasskeyDeclined()
  }
  if (credential === null) throw new PasskeyDeclined()
  return credential as PublicKeyCredential
}

function shape(credential: PublicKeyCredential): Json {
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    clientExtensionResults: credential.getClientExtensionResults(),
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
  }
}

interface Descriptor {
  id: string
  type: 'public-key'
  transports?: AuthenticatorTransport[]
}
const descriptors = (list: unknown): PublicKeyCredentialDescriptor[] =>
  ((list ?? []) as Descriptor[]).map((one) => ({ ...one, id: bytes(one.id) }))

function creation(options: Json): PublicKeyCredentialCreationOptions {
  const { user, challenge, excludeCredentials, ...rest } = options
  const given = user as { id: string; name: string; displayName: string }
  return {
    ...(rest as unknown as Omit<PublicKeyCredentialCreationOptions, 'user' | 'challenge'>),
    user: { ...given, id: bytes(given.id) },
    challenge: bytes(challenge as string),
    excludeCredentials: descriptors(excludeCredentials),
  }
}

function request(options: Json): PublicKeyCredentialRequestOptions {
  const { challenge, allowCredentials, ...rest } = options
  return {
    ...(rest as Omit<PublicKeyCredentialRequestOptions, 'challenge'>),
    challenge: bytes(challenge as string),
    allowCredentials: descriptors(allowCredentials),
  }
}

function bytes(base64url: string): Uint8Array<ArrayBuffer> {
  const binary = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0))
}

function text(buffer: ArrayBuffer): string {
  const binary = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join('')
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}
