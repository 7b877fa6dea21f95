// The parts of two published clients that the simulator's tests use; neither brings types.
declare module 'fbgraph' {
  type Answer = Record<string, unknown> & { data?: { id: string }[]; paging?: { next?: string } }
  const graph: {
    setGraphUrl(url: string): void
    setVersion(version: string): void
    setAccessToken(token: string): void
    setAppSecret(secret: string): void
    get(path: string, done: (error: unknown, answer: Answer) => void): void
    batch(items: object[], done: (error: unknown, answer: { code: number; body: string }[]) => void): void
  }
  export = graph
}

declare module 'facebook-nodejs-business-sdk' {
  namespace sdk {
    interface Page extends Array<{ id: string }> {
      hasNext(): boolean
      next(): Promise<Page>
    }
    type Edge = (fields: string[], params?: Record<string, unknown>) => Promise<Page>
    const FacebookAdsApi: { init(token: string, locale?: string, crashLog?: boolean): void }
    class Business {
      constructor(id: string)
      get(fields: string[]): Promise<{ _data: Record<string, unknown> }>
      getBusinessUsers: Edge
      getOwnedAdAccounts: Edge
      getOwnedPages: Edge
      getAgencies: Edge
      getPendingUsers: Edge
    }
    class AdAccount {
      constructor(id: string)
      getAssignedUsers: Edge
      deleteAssignedUsers(params: Record<string, unknown>): Promise<unknown>
      createAssignedUser(fields: string[], params: Record<string, unknown>): Promise<unknown>
    }
  }
  export = sdk
}
