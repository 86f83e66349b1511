/** Any will do for an emulator; the clients find them as they find real ones. */
export function useEmulatorCredentials(): void {
  process.env['AWS_ACCESS_KEY_ID'] = 'emulator';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'emulator';
}
