import DequeModule

/// Jobs during which workers have died: from the second death on, each runs alone among the jobs of its service on its worker. A
/// state machine without I/O.
///
/// While a service has such a job here, no other job of it is started: the lone one waits until what runs of the service has
/// ended, then runs, and only then its service is read again.
package struct LoneJobs {
    /// With that many dead workers a job runs alone.
    package static let deaths = 2

    private struct Service {
        /// Those that wait for their turn, in the order in which they came.
        var waiting: Deque<Delivery> = []
        /// The one that runs.
        var running: EntryID?
    }

    private var services: [ServiceID: Service] = [:]

    package init() {}

    /// No service is held: the case of nearly all workers at nearly all times.
    package var isEmpty: Bool { services.isEmpty }

    /// Whether nothing else of the service may be started.
    package func holds(_ service: ServiceID) -> Bool { services[service] != nil }

    /// A lone job came; it waits for its turn.
    package mutating func add(_ delivery: Delivery) {
        services[delivery.job.service, default: Service()].waiting.append(delivery)
    }

    /// The job whose turn it is now, if any. It counts as running from here on.
    ///
    /// - Parameter occupied: The slots that the service's jobs have on this worker, those of waiting lone ones included.
    package mutating func next(_ service: ServiceID, occupied: Int) -> Delivery? {
        guard let state = services[service], state.running == nil, occupied <= state.waiting.count else { return nil }
        guard let delivery = services[service]?.waiting.popFirst() else { return nil }
        services[service]?.running = delivery.entry
        return delivery
    }

    /// A job of the service ended, moved, or was lost.
    ///
    /// - Returns: Whether its service is held no longer.
    package mutating func ended(_ entry: EntryID, of service: ServiceID) -> Bool {
        guard services[service] != nil else { return false }
        services[service]?.waiting.removeAll { $0.entry == entry }
        if services[service]?.running == entry { services[service]?.running = nil }
        guard let state = services[service], state.running == nil, state.waiting.isEmpty else { return false }
        services[service] = nil
        return true
    }

    /// A job that waits for its turn.
    package func waiting(_ entry: EntryID) -> Delivery? {
        for state in services.values {
            if let delivery = state.waiting.first(where: { $0.entry == entry }) { return delivery }
        }
        return nil
    }

    /// All that wait for their turn.
    package var waiting: [Delivery] { services.values.flatMap(\.waiting) }
}
