import NIOCore

/// What was approved of the tools of a space, in memory.
extension MemorySpace {
    func setPinMode(_ mode: PinMode) -> Bool {
        guard documents.pinMode != mode else { return false }
        documents.pinMode = mode
        pinsChanged("")
        return true
    }

    func approve(_ tools: [PinnedTool], of service: String, by author: String, onlyFirst: Bool) -> Bool {
        guard documents.services[service] != nil else { return false }
        if onlyFirst, documents.pins[service] != nil { return false }
        let now = ISO8601.now()
        var pins = documents.pins[service] ?? [:]
        for tool in tools { pins[tool.name] = ToolPin(hash: tool.hash, approved: now, by: author, document: tool.document) }
        documents.pins[service] = pins
        pinsChanged(service)
        return true
    }

    /// - Parameter service: Empty for all.
    private func pinsChanged(_ service: String) {
        for observer in observers { observer(RegistryChange(.pins, service)) }
    }
}

extension MemoryRegistry {
    package func pinMode() async throws(QueueError) -> PinMode { await hub.documents.pinMode }

    package func setPinMode(_ mode: PinMode) async throws(QueueError) -> Bool { await hub.setPinMode(mode) }

    package func pins(_ services: [String]) async throws(QueueError) -> [String: [String: ToolPin]] {
        let all = await hub.documents.pins
        var result: [String: [String: ToolPin]] = [:]
        for service in services { result[service] = all[service] }
        return result
    }

    package func approve(
        _ tools: [PinnedTool],
        of service: String,
        by: String,
        onlyFirst: Bool
    ) async throws(QueueError) -> Bool {
        await hub.approve(tools, of: service, by: by, onlyFirst: onlyFirst)
    }
}
