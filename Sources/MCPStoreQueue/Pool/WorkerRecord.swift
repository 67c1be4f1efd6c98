import MCPStoreRedis

/// A worker as its pool knows it: the hash `{pool}:worker:{id}`.
package struct WorkerRecord: Sendable, Equatable {
    package var id: String
    package var host = ""
    package var process = 0
    package var version = ""
    package var spaces: [SpacePattern] = []
    package var labels: [String: String] = [:]
    /// Jobs that it can run, and runs, at the same time.
    package var slots = 0
    package var running = 0
    package var isDraining = false

    /// The label that tells the worker of one embedded store.
    package static let storeLabel = "mcpstore.store"
    /// The label that tells the process of a worker: a ``ProcessIdentity``.
    package static let processLabel = "mcpstore.process"

    /// Whether its process was on this machine and is gone: then its lease means nothing.
    package var isProvablyGone: Bool {
        labels[Self.processLabel].flatMap { ProcessIdentity($0) }?.isProvablyGone ?? false
    }

    package init(id: String) { self.id = id }

    /// Reads the reply of HGETALL; `nil` where there is no such worker.
    init?(id: String, _ reply: RESPReply) {
        guard let fields = reply.array, fields.count > 0 else { return nil }
        self.init(id: id)
        var iterator = fields.makeIterator()
        while let name = iterator.next()?.string, let value = iterator.next() {
            let text = value.string ?? ""
            switch name {
            case "host": host = text
            case "pid": process = value.integer ?? 0
            case "version": version = text
            case "slots": slots = (value.integer ?? 0).plausible
            case "running": running = (value.integer ?? 0).plausible
            case "draining": isDraining = text == "1"
            case "spaces":
                spaces = text.split(separator: " ").compactMap { part in
                    do { return try SpacePattern(String(part)) } catch { return nil }
                }
            case "labels":
                for pair in text.split(separator: " ") {
                    let parts = pair.split(separator: "=", maxSplits: 1)
                    if parts.count == 2 { labels[String(parts[0])] = String(parts[1]) }
                }
            default: break
            }
        }
    }
}
