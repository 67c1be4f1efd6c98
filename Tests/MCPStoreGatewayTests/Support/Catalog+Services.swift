import MCPStore
import MCPStoreQueue
import NIOCore

@testable import MCPStoreGateway

extension Catalog {
    /// What a service lists, as raw JSON documents.
    struct Service {
        var name: String
        var tools: [String] = []
        var resources: [String] = []
        var templates: [String] = []
        var prompts: [String] = []
        var configuration = #"{"command":"x"}"#
    }

    /// The catalog of some services, none of which is running.
    init(_ services: [Service], naming: Naming = .clear) throws {
        let space = try Space(namespace: "n", dataspace: "d")
        let snapshot = RegistrySnapshot(
            services.map { service in
                let lists = [
                    ("tools", service.tools), ("resources", service.resources), ("resourceTemplates", service.templates),
                    ("prompts", service.prompts),
                ]
                let members = lists.map { "\"\($0.0)\":[\($0.1.joined(separator: ","))]" }.joined(separator: ",")
                let offers = ServiceOffers(ByteBuffer(string: "{\"hash\":\"1\",\(members)}"), of: service.name, keys: [:])
                let document = ServiceDocument(
                    name: service.name,
                    version: 1,
                    updated: "",
                    by: "test",
                    configuration: ByteBuffer(string: service.configuration)
                )
                return SnapshotService(space: space, document: document, state: nil, offers: offers)
            }
        )
        self.init(snapshot, scope: .store, naming: naming)
    }
}
