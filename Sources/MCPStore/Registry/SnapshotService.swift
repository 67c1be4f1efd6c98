import Foundation
import MCPStoreQueue
import MCPStoreWorker
import NIOCore

/// One service as the registry has it: configuration, state and tools.
package struct SnapshotService: Sendable {
    package var id: ServiceID
    package var document: ServiceDocument
    package var configuration: ServiceConfiguration
    package var state: ServiceState
    package var tools: [ToolInfo]

    package init(space: Space, document: ServiceDocument, state: ServiceState?, tools: [ToolInfo]) {
        id = ServiceID(space: space, name: document.name)
        self.document = document
        self.state = state ?? .none
        self.tools = tools
        do {
            configuration = try JSONDecoder().decode(
                ServiceConfiguration.self,
                from: Data(document.configuration.readableBytesView)
            )
            showDisabled()
        } catch {
            // Written by another version, or by hand: its workers say what is wrong with it, calls take the defaults.
            configuration = ServiceConfiguration()
        }
    }

    /// The tools of a cache document, each name once.
    package static func tools(_ cache: ByteBuffer?, of service: String, keys: [String: String]) -> [ToolInfo] {
        guard let cache, let members = JSONMembers(cache) else { return [] }
        var names: Set<String> = []
        return members.elements("tools").compactMap { element in
            ToolInfo(element, service: service) { keys[$0] }
        }.filter { names.insert($0.name).inserted }
    }

    /// What calls of its tools need to know.
    var targets: [CallTarget] {
        let timeout = configuration.callTimeoutMs ?? ServiceConfiguration.defaultCallTimeout
        return tools.map { tool in
            let again = configuration.mayRunAgain(
                tool.name,
                readOnly: tool.isReadOnly == true,
                idempotent: tool.isIdempotent == true
            )
            return CallTarget(service: id, tool: tool.name, toolKey: tool.key, mayRunAgain: again, timeout: timeout)
        }
    }
}

/// A service that is stored and hosted by nobody.
extension SnapshotService {
    /// The reason of a service that nobody hosts because it is not to be hosted.
    package static let disabled = "disabled by its configuration"

    /// Whether it will not become ready by waiting.
    var isDisabled: Bool {
        configuration.disabled == true && (state.workers.isEmpty || state.status == .disconnected)
    }

    private mutating func showDisabled() {
        guard isDisabled, state.workers.isEmpty else { return }
        state.status = .disconnected
        state.reason = Self.disabled
    }
}
