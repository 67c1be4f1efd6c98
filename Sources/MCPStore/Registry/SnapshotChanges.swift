import MCPStoreQueue
import MCPStoreRedis

/// Which parts of which services have to be read again.
struct SnapshotChanges {
    /// Parts of one service.
    struct Parts: OptionSet {
        let rawValue: Int
        static let state = Parts(rawValue: 1)
        static let tools = Parts(rawValue: 2)
        static let configuration = Parts(rawValue: 4)
        static let all: Parts = [.state, .tools, .configuration]
    }

    /// More services than this are read together with all others.
    static let most = 64

    private(set) var services: [String: Parts] = [:]
    private(set) var isEverything = false

    var isEmpty: Bool { services.isEmpty && !isEverything }

    mutating func add(_ service: String, _ parts: Parts) {
        guard !isEverything else { return }
        services[service, default: []].formUnion(parts)
        if services.count > Self.most { addEverything() }
    }

    mutating func addEverything() {
        services = [:]
        isEverything = true
    }

    mutating func add(_ other: SnapshotChanges) {
        if other.isEverything { addEverything() }
        for (service, parts) in other.services { add(service, parts) }
    }

    /// Adds what an entry of `{space}:changes` says. What this version does not know may have changed everything (I13).
    mutating func add(_ entry: StreamReader.Entry) {
        add(service: entry.value("service")?.string, change: entry.value("change")?.string)
    }

    mutating func add(service: String?, change: String?) {
        guard let service, !service.isEmpty else { return addEverything() }
        switch change {
        case "state", ServiceBrake.change: add(service, .state)
        case "tools": add(service, [.tools, .state])
        default: add(service, .all)
        }
    }
}
