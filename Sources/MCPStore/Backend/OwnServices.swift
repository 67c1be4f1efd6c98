import MCPStoreQueue
import NIOConcurrencyHelpers
import NIOCore

/// The services that this store wrote and nobody removed: written back when the data of the space was deleted under it.
final class OwnServices: Sendable {
    private let configurations = NIOLockedValueBox<[String: ByteBuffer]>([:])

    init() {}

    /// Takes note of what this store wrote or removed.
    func wrote(_ name: String, _ configuration: ByteBuffer?) {
        configurations.withLockedValue { $0[name] = configuration }
    }

    /// Somebody else removed it.
    func wasRemoved(_ name: String) {
        configurations.withLockedValue { _ = $0.removeValue(forKey: name) }
    }

    /// Takes over what others changed of them.
    func update(from snapshot: RegistrySnapshot) {
        configurations.withLockedValue { configurations in
            for name in configurations.keys {
                if let document = snapshot.services[name]?.document { configurations[name] = document.configuration }
            }
        }
    }

    var isEmpty: Bool { configurations.withLockedValue { $0.isEmpty } }

    /// In the order of their names.
    var all: [(name: String, configuration: ByteBuffer)] {
        configurations.withLockedValue { $0.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
    }
}
