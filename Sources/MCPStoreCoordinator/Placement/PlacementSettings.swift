import Foundation
import MCPStoreQueue
import NIOCore

/// The fields of a service's stored configuration that placement reads.
struct PlacementSettings: Decodable {
    var placement: String?
    var replicas: Int?
    var labels: [String: String]?
    /// Stored, but hosted by nobody.
    var disabled: Bool?

    /// - Throws: Where the configuration is no JSON object, or one of the fields has another type.
    init(_ configuration: ByteBuffer) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(configuration.readableBytesView))
    }

    /// Whether a service of that configuration is hosted by workers of the pool; a disabled one is hosted by none. Cluster pools lie under a namespace that no
    /// space can have.
    func belongs(to pool: Pool) -> Bool {
        guard disabled != true else { return false }
        let isCluster = pool.description.hasPrefix("\(Name.reserved):")
        return isCluster == (placement != "embedded")
    }

    func request(_ service: ServiceID) -> PlacementRequest {
        PlacementRequest(service: service, replicas: max(replicas ?? 1, 0), labels: labels ?? [:])
    }
}
