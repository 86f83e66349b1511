/** Applications as their authors have them, without a line about Perch. */
import type { Language } from '../../../../infra/operator/init/repository/language.ts';

/** Files of an application in each language. Each answers every path with its version, `v1`. */
export const applications: Readonly<Record<Language, Readonly<Record<string, string>>>> = {
  node: {
    'package.json':
      '{ "name": "shop", "private": true, "scripts": { "start": "node server.js" } }\n',
    'server.js': `const { createServer } = require('node:http');
const version = 'v1';
const server = createServer((request, response) => {
  response.setHeader('x-perch-version', version);
  response.end(version);
});
server.listen(process.env.PORT);
process.on('SIGTERM', () => server.close());
`,
  },
  python: {
    'requirements.txt': '',
    'app.py': `import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

VERSION = 'v1'

class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def do_GET(self):
        self.send_response(200)
        self.send_header('x-perch-version', VERSION)
        self.send_header('content-length', str(len(VERSION)))
        self.end_headers()
        self.wfile.write(VERSION.encode())

    def log_message(self, *words):
        pass

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
ThreadingHTTPServer(('', int(os.environ['PORT'])), Handler).serve_forever()
`,
  },
  ruby: {
    Gemfile: "source 'https://rubygems.org'\n",
    'app.rb': `require 'socket'

VERSION = 'v1'
server = TCPServer.new('0.0.0.0', Integer(ENV.fetch('PORT')))
Signal.trap('TERM') { exit }
loop do
  Thread.new(server.accept) do |client|
    until (line = client.gets).nil? || line == "\\r\\n"; end
    client.write "HTTP/1.1 200 OK\\r\\nconnection: close\\r\\nx-perch-version: #{VERSION}\\r\\n" \\
                 "content-length: #{VERSION.size}\\r\\n\\r\\n#{VERSION}"
  ensure
    client.close
  end
end
`,
  },
  go: {
    'go.mod': 'module shop\n\ngo 1.26\n',
    'main.go': `package main

import (
	"fmt"
	"net/http"
	"os"
)

const version = "v1"

func main() {
	http.HandleFunc("/", func(response http.ResponseWriter, _ *http.Request) {
		response.Header().Set("x-perch-version", version)
		fmt.Fprint(response, version)
	})
	if err := http.ListenAndServe(":"+os.Getenv("PORT"), nil); err != nil {
		panic(err)
	}
}
`,
  },
};

/** File of each application that has its version. */
export const versionFiles: Readonly<Record<Language, string>> = {
  node: 'server.js',
  python: 'app.py',
  ruby: 'app.rb',
  go: 'main.go',
};
