// Node's `ws`, and the loop over `clients` that its own README shows. Run where node_modules has it: NODE_PATH is not
// looked at by `import`, so the folder comes as an argument.
//
//     node node_ws.mjs --port 9000 --modules DIR/node_modules
import { createRequire } from 'node:module'
import { parseArgs } from 'node:util'

const { values } = parseArgs({ options: { port: { type: 'string' }, modules: { type: 'string' } } })
const { WebSocket, WebSocketServer } = createRequire(`${values.modules}/`)('ws')

const server = new WebSocketServer({
  host: '127.0.0.1', port: Number(values.port), perMessageDeflate: false, backlog: 4096
})
server.on('connection', (speaker) => {
  speaker.on('error', console.error)
  speaker.on('message', (message) => {
    for (const listener of server.clients) {
      if (listener !== speaker && listener.readyState === WebSocket.OPEN) listener.send(message, { binary: false })
    }
  })
})
