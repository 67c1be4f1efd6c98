import Foundation
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

    /// Takes over what was known of the space, in the place of what was here. Jobs are left as they are.
    ///
    /// - Parameters:
    ///   - kept: Services that stay as they are here, or as gone as they are.
    ///   - trouble: The state of services that run elsewhere.
    ///   - pins: What was approved, by service and tool; `mode` says what becomes of the rest.
    package func load(
        _ services: [Known],
        keeping kept: Set<String> = [],
        trouble: String,
        mode: PinMode = .off,
        pins: [String: [String: ToolPin]] = [:]
    ) {
        standsIn = trouble
        documents.pinMode = mode
        documents.pins.merge(pins) { $1 }
        let known = services.filter { !kept.contains($0.document.name) }
        documents.load(
            known.map { ($0.document, $0.toolKeys) }
                + documents.services.values.filter { kept.contains($0.name) }.map { ($0, [:]) }
        )
        elsewhere.formIntersection(kept)
        elsewhere.formUnion(known.filter(\.isElsewhere).map(\.document.name))
        for name in elsewhere { showElsewhere(name) }
    }

    /// A service was written: whether it is run here says its placement.
    func placed(_ service: String, _ configuration: ByteBuffer) {
        guard standsIn != nil, Self.isOfCluster(configuration) else { return _ = elsewhere.remove(service) }
        elsewhere.insert(service)
        showElsewhere(service)
    }

    private func showElsewhere(_ service: String) {
        let view = ServiceView(status: .unreachable, reason: standsIn ?? "", pool: "")
        _ = publish(view, of: service, worker: "elsewhere")
    }

    private static func isOfCluster(_ configuration: ByteBuffer) -> Bool {
        struct Settings: Decodable { var placement: String? }
        do {
            let bytes = Data(configuration.readableBytesView)
            return try JSONDecoder().decode(Settings.self, from: bytes).placement != "embedded"
        } catch {
            return true
        }
    }

    /// Counts what could not be added elsewhere.
    package func putBack(tools: [String: ToolStats], services: [String: ToolStats]) {
        documents.putBack(tools: tools, services: services)
    }

    /// The services that its workers host.
    package var hosted: [ServiceID] {
        documents.services.keys.filter { !elsewhere.contains($0) }.sorted().map { ServiceID(space: space, name: $0) }
    }

    /// The services as they are now, by name.
    package var services: [String: ServiceDocument] { documents.services }
}
