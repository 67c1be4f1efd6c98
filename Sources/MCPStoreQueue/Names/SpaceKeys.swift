/// Every key of a space (design section 4, `docs/keys.md`).
package struct SpaceKeys: Hashable, Sendable {
    /// `namespace:dataspace:`
    private let prefix: String

    package init(_ space: Space) {
        prefix = "\(space):"
    }

    package var services: String { prefix + "services" }
    package var tools: String { prefix + "tools" }
    /// The stores that use an `auto` dataspace, by the end of their lease.
    package var stores: String { prefix + "stores" }
    package var changes: String { prefix + "changes" }
    /// Services that were removed while jobs of them were queued or running.
    package var removed: String { prefix + "removed" }
    /// What becomes of tools that differ from what was approved.
    package var pinMode: String { prefix + "pins" }
    package var delayed: String { prefix + "delayed" }
    /// The fields of the delayed jobs, by job id.
    package var delayedJobs: String { prefix + "delayed:jobs" }
    package var dead: String { prefix + "dead" }
    /// What the space did in the last hour, by the minute.
    package var history: String { prefix + "history" }

    /// The batches of the space, by the time of their last news.
    package var batches: String { prefix + "batches" }
    package func batch(_ id: String) -> String { "\(prefix)batch:\(id)" }
    /// The calls of a batch that was uploaded, in the order of its lines, and what their callers call them.
    package func batchCalls(_ id: String) -> String { "\(prefix)batch:\(id):calls" }
    package func batchIDs(_ id: String) -> String { "\(prefix)batch:\(id):ids" }
    /// The jobs that a principal has left behind, by the time at which it did.
    package func submitted(_ principal: String) -> String { "\(prefix)submitted:\(principal)" }

    /// All keys of which a space has one, but the stores of an `auto` dataspace.
    package var single: [String] {
        [services, tools, changes, removed, pinMode, delayed, delayedJobs, dead, history, batches]
    }

    package func config(_ service: String) -> String { "\(prefix)services:\(service):config" }
    package func cache(_ service: String) -> String { "\(prefix)services:\(service):cache" }
    package func state(_ service: String) -> String { "\(prefix)services:\(service):state" }
    /// The tokens of a service's limit over the cluster, or of one of its tools'.
    package func limit(_ service: String, tool: String? = nil) -> String {
        "\(prefix)services:\(service):limit" + (tool.map { ":" + Name.encoded($0) } ?? "")
    }
    /// Why and until when calls of a service are held back or refused by all workers.
    package func brake(_ service: String) -> String { "\(prefix)services:\(service):brake" }
    /// What was approved of the tools of a service.
    package func pins(_ service: String) -> String { "\(prefix)services:\(service):pins" }
    /// Stats of methods other than `tools/call`.
    package func serviceStats(_ service: String) -> String { "\(prefix)services:\(service):stats" }
    package func info(toolKey: String) -> String { "\(prefix)tools:\(Name.encoded(toolKey)):info" }
    package func stats(toolKey: String) -> String { "\(prefix)tools:\(Name.encoded(toolKey)):stats" }
    package func jobs(_ service: String, _ lane: Lane) -> String {
        switch lane {
        case .interactive: "\(prefix)jobs:\(service)"
        case .batch: "\(prefix)jobs:\(service):batch"
        }
    }
    package func inbox(_ caller: String) -> String { "\(prefix)inbox:\(caller)" }
    package func record(_ job: String) -> String { "\(prefix)job:\(job)" }
    /// A result too large for an inbox entry.
    package func result(_ job: String) -> String { "\(prefix)result:\(job)" }
    /// Whether a key is one of ``result(_:)`` in this space.
    func isResult(_ key: String) -> Bool { key.hasPrefix(result("")) }
}
