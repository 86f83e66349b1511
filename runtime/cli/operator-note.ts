/** Name, reason and time as they are stored. */
export function noteOf(
  given: { readonly by?: string | undefined; readonly reason?: string | undefined },
  session: { readonly by: string },
) {
  const { by = session.by, reason } = given;
  return { by, ...(reason !== undefined && { reason }), at: Date.now() };
}
