import NIOCore

/// The registry of one space in memory, with the rules of the scripts over Redis: a state machine without I/O.
struct MemoryDocuments {
    typealias Write = (name: String, configuration: ByteBuffer, expected: Int?)

    private(set) var services: [String: ServiceDocument] = [:]
    private(set) var caches: [String: ByteBuffer] = [:]
    private(set) var states: [String: ServiceState] = [:]
    /// Whose tool each tool key stands for. A claim is kept until its service is removed.
    var toolKeys: [String: ToolKey] = [:]
    var infos: [String: ByteBuffer] = [:]
    private(set) var stats: [String: ToolStats] = [:]
    /// Methods other than `tools/call` count under the service.
    private(set) var serviceStats: [String: ToolStats] = [:]
    /// Removed services whose last job has not ended yet, with the tool keys that they had.
    private(set) var removed: [String: [String]] = [:]
    private var hashes: [String: String] = [:]
    var pinMode = PinMode.off
    /// What was approved, by service and tool.
    var pins: [String: [String: ToolPin]] = [:]
    /// The highest version that any service has had: no new one begins at or below it.
    private var highest = 0

    // MARK: Services

    /// Writes configurations, all or none; see ``Registry/put(_:by:)``.
    ///
    /// - Throws: ``QueueError`` (`conflict`).
    mutating func put(_ writes: [Write], by author: String, at time: String) throws(QueueError) -> [Int] {
        var versions: [Int] = []
        for write in writes {
            let version = services[write.name]?.version
            if let expected = write.expected, expected != version ?? 0 {
                throw .conflict(over: write.name, expected: expected, found: String(version ?? 0))
            }
            versions.append((version ?? highest) + 1)
        }
        highest = max(highest, versions.max() ?? 0)
        for (write, version) in zip(writes, versions) {
            services[write.name] = ServiceDocument(
                name: write.name,
                version: version,
                updated: time,
                by: author,
                configuration: write.configuration,
                hold: services[write.name]?.hold
            )
            removed[write.name] = nil
        }
        return versions
    }

    /// See ``Registry/hold(_:_:expected:by:)``.
    ///
    /// - Throws: ``QueueError`` (`conflict`).
    mutating func hold(
        _ service: String,
        _ hold: ServiceHold?,
        expected: Int,
        by author: String,
        at time: String
    ) throws(QueueError) -> Int? {
        guard var document = services[service] else { return nil }
        guard document.version == expected else {
            throw .conflict(over: service, expected: expected, found: String(document.version))
        }
        document.version += 1
        document.updated = time
        document.by = author
        document.hold = hold
        highest = max(highest, document.version)
        services[service] = document
        return document.version
    }

    /// Takes the documents of a service away. Its stats stay until ``bury(_:)``.
    ///
    /// - Parameter expected: The version that it must have; `nil` any.
    /// - Returns: Whether there was one.
    /// - Throws: ``QueueError`` (`conflict`).
    mutating func remove(_ service: String, expected: Int?) throws(QueueError) -> Bool {
        guard let present = services[service] else { return false }
        if let expected, expected != present.version { throw .conflict(overRemovalOf: service) }
        services[service] = nil
        caches[service] = nil
        hashes[service] = nil
        states[service] = nil
        pins[service] = nil
        let keys = toolKeys.filter { $0.value.service == service }.map(\.key)
        for key in keys {
            toolKeys[key] = nil
            infos[key] = nil
        }
        removed[service] = keys
        return true
    }

    /// Deletes the stats of a removed service, now that nothing of it is queued or running.
    mutating func bury(_ service: String) {
        guard let keys = removed.removeValue(forKey: service) else { return }
        // Another service may have claimed the key of a tool meanwhile: the stats are its own then.
        for key in keys where toolKeys[key] == nil { stats[key] = nil }
        serviceStats[service] = nil
    }

    /// Takes over services with their versions and the keys of their tools; stats go on.
    mutating func load(_ known: [(document: ServiceDocument, toolKeys: [String: String])]) {
        services = [:]
        (caches, states, toolKeys, infos, removed, hashes) = ([:], [:], [:], [:], [:], [:])
        for (document, keys) in known {
            services[document.name] = document
            highest = max(highest, document.version)
            for (tool, key) in keys { toolKeys[key] = ToolKey(service: document.name, tool: tool) }
        }
    }

    /// Takes out what was counted, to be added elsewhere.
    mutating func takeStats() -> (tools: [String: ToolStats], services: [String: ToolStats]) {
        defer { (stats, serviceStats) = ([:], [:]) }
        return (stats, serviceStats)
    }

    /// Counts what was taken out and could not be added elsewhere.
    mutating func putBack(tools: [String: ToolStats], services: [String: ToolStats]) {
        stats.merge(tools) { $0.adding($1) }
        serviceStats.merge(services) { $0.adding($1) }
    }

    // MARK: What services offer

    /// See ``Registry/publish(_:of:cache:hash:)``.
    ///
    /// - Returns: The tool keys in order, and whether anything changed; `nil` when the service was removed.
    mutating func publish(_ tools: [ToolListing], of service: String, cache: ByteBuffer, hash: String) -> (
        keys: [String], changed: Bool
    )? {
        guard services[service] != nil else { return nil }
        let held = toolKeys.filter { $0.value.service == service }.map(\.key)
        var chosen: [String] = []
        var claimed: [String: String] = [:]
        for tool in tools {
            let key = claimed[tool.name] ?? claim(tool, of: service, besides: Set(claimed.values))
            if let key {
                claimed[tool.name] = key
                infos[key] = tool.document
            }
            chosen.append(key ?? "")
        }
        // No longer offered: the info goes, the claim and the stats stay with the service.
        let kept = Set(claimed.values)
        for key in held where !kept.contains(key) { infos[key] = nil }
        let changed = hashes[service] != hash
        caches[service] = cache
        hashes[service] = hash
        return (chosen, changed)
    }

    /// The key that a tool has already is kept, even where a better one is free now.
    private mutating func claim(_ tool: ToolListing, of service: String, besides claimed: Set<String>) -> String? {
        let candidates = tool.candidates(service: service).filter { !claimed.contains($0) }
        let mine = ToolKey(service: service, tool: tool.name)
        if let key = candidates.first(where: { toolKeys[$0] == mine }) { return key }
        guard let key = candidates.first(where: { toolKeys[$0] == nil }) else { return nil }
        toolKeys[key] = mine
        return key
    }

    // MARK: States

    /// Takes a worker's view of a service, or takes it away; the state is the best of its workers' views.
    ///
    /// - Returns: The status, and whether it or the workers that host it changed; `nil` when the service was removed.
    mutating func publish(_ view: ServiceView?, of service: String, worker: String, at time: String) -> (
        status: ServiceStatus, changed: Bool
    )? {
        guard services[service] != nil else { return nil }
        let old = states[service]
        var state = old ?? .none
        state.workers[worker] = view
        state.takeBestView(orElse: "no worker hosts this service")
        if old?.status != state.status { state.since = time }
        states[service] = state
        let isHostedByOthers = old.map { Set($0.workers.keys) } != Set(state.workers.keys)
        return (state.status, old?.status != state.status || isHostedByOthers)
    }

    /// What is to be said of a service when a call of it ends without an answer.
    func condition(of service: String) -> ServiceCondition {
        services[service].map { ServiceCondition(states[service] ?? .none, hold: $0.hold) } ?? .absent
    }

    // MARK: Stats

    /// Counts an accepted job that has ended.
    mutating func count(_ outcome: Outcome, of job: Job) {
        if job.method == "tools/call" {
            stats[job.toolKey.isEmpty ? job.name : job.toolKey, default: ToolStats()].count(outcome)
        } else {
            serviceStats[job.service.name, default: ToolStats()].count(outcome)
        }
    }
}
