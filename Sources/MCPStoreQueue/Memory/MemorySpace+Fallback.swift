import NIOCore

/// A space in memory that stands in for one in Redis for a while.
extension MemorySpace {
    /// A service as the space in Redis had it.
    package struct Known: Sendable {
        package var document: ServiceDocument
        /// The keys of its tools, by tool.
        package var toolKeys: [String: String]
        /// Whether it runs on workers elsewhere: it is shown, but not started here.
        package var isElsewhere: Bool

        package init(document: ServiceDocument, toolKeys: [String: String], isElsewhere: Bool) {
            self.document = document
            self.toolKeys = toolKeys
            self.isElsewhere = isElsewhere
        }
    }

    /// Takes over what was known of the space, in the place of everything that was here. Jobs are left as they are.
    ///
    /// - Parameter trouble: The state of services that run elsewhere.
    package func load(_ services: [Known], trouble: String) {
        documents.load(services.map { ($0.document, $0.toolKeys) })
        elsewhere = Set(services.filter(\.isElsewhere).map(\.document.name))
        for name in elsewhere {
            let view = ServiceView(status: .unreachable, reason: trouble, pool: "")
            _ = publish(view, of: name, worker: "elsewhere")
        }
    }

    /// The services that its workers host.
    package var hosted: [ServiceID] {
        documents.services.keys.filter { !elsewhere.contains($0) }.sorted().map { ServiceID(space: space, name: $0) }
    }

    /// The services as they are now, by name.
    package var services: [String: ServiceDocument] { documents.services }
}
