import NIOCore

/// The registry of a space in memory. Who follows its changes is told before the one who made them goes on.
extension MemorySpace {
    /// Tells `observer` of every change from now on, on the event loop.
    package func observe(_ observer: @escaping @Sendable (RegistryChange) -> Void) { observers.append(observer) }

    /// Takes out what was counted, by tool key and, for methods other than `tools/call`, by service: to be added elsewhere.
    package func takeStats() -> (tools: [String: ToolStats], services: [String: ToolStats]) { documents.takeStats() }

    private func changed(_ kind: RegistryChange.Kind, _ service: String) {
        let change = RegistryChange(kind, service)
        for observer in observers { observer(change) }
    }

    private func id(_ name: String) -> ServiceID { ServiceID(space: space, name: name) }

    func put(_ services: [MemoryDocuments.Write], by author: String) throws(QueueError) -> [Int] {
        let versions = try documents.put(services, by: author, at: ISO8601.now())
        for service in services {
            placed(service.name, service.configuration)
            changed(.service, service.name)
            // Every worker of the process hosts every service of its space.
            let isHere = !elsewhere.contains(service.name)
            send(isHere ? .place(id(service.name)) : .unplace(id(service.name)))
        }
        return versions
    }

    func hold(_ service: String, _ hold: ServiceHold?, expected: Int, by author: String) throws(QueueError) -> Int? {
        guard let version = try documents.hold(service, hold, expected: expected, by: author, at: ISO8601.now()) else {
            return nil
        }
        changed(.service, service)
        return version
    }

    func remove(_ service: String, expected: Int?) throws(QueueError) -> Bool {
        guard try documents.remove(service, expected: expected) else { return false }
        brakes[service] = nil
        endQueued(of: id(service))
        elsewhere.remove(service)
        changed(.removed, service)
        send(.unplace(id(service)))
        return true
    }

    func put(brake new: ServiceBrake?, on service: String, replacing old: ServiceBrake?) -> Bool {
        guard documents.services[service] != nil, brakes[service] == old else { return false }
        brakes[service] = new
        return true
    }

    func publish(_ tools: [ToolListing], of service: String, cache: ByteBuffer, hash: String) -> [String]? {
        guard let result = documents.publish(tools, of: service, cache: cache, hash: hash) else { return nil }
        if result.changed { changed(.tools, service) }
        return result.keys
    }

    func publish(_ view: ServiceView?, of service: String, worker: String) -> ServiceStatus? {
        guard let result = documents.publish(view, of: service, worker: worker, at: ISO8601.now()) else { return nil }
        if result.changed { changed(.state, service) }
        return result.status
    }
}
