/** Sets credentials for emulators, which accept any, where the clients look for real ones. */
export function useEmulatorCredentials(): void {
  process.env['AWS_ACCESS_KEY_ID'] = 'emulator';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'emulator';
}
