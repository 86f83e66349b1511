/** Preload of a process under test: SIGUSR2 blocks its event loop forever. */
process.on('SIGUSR2', () => {
  for (;;);
});
