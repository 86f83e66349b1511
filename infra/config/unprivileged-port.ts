/** First port on which hosts let processes listen that are not root, such as proxies. */
export const firstUnprivilegedPort = 80;
