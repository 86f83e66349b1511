/** Preloaded by a process under test: on SIGUSR2 its event loop stands still for ever. */
process.on('SIGUSR2', () => {
  for (;;);
});
