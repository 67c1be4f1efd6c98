import MCPStoreQueue
import NIOCore
import Testing

@testable import MCPStoreCoordinator

@Suite struct PlacementSettingsTests {
    private func settings(_ json: String) throws -> PlacementSettings { try PlacementSettings(ByteBuffer(string: json)) }

    @Test func `fields that are absent have their defaults, and others are ignored`() throws {
        let service = try Samples.service("s")
        let request = try settings(#"{"command":"x","args":[1],"type":"stdio"}"#).request(service)
        #expect(request == PlacementRequest(service: service, replicas: 1, labels: [:]))
    }

    @Test func `replicas and labels are read`() throws {
        let service = try Samples.service("s")
        let request = try settings(#"{"replicas":3,"labels":{"a":"b"}}"#).request(service)
        #expect(request == PlacementRequest(service: service, replicas: 3, labels: ["a": "b"]))
        #expect(try settings(#"{"replicas":-1}"#).request(service).replicas == 0)
    }

    @Test(arguments: ["", "[]", "{", #"{"replicas":"two"}"#, #"{"labels":{"a":1}}"#]) func `what is not of that shape is refused`(
        _ json: String
    ) {
        #expect(throws: (any Error).self) { try settings(json) }
    }

    @Test func `a disabled service belongs to no pool`() throws {
        for pool in [try Pool(cluster: "main"), Pool(embeddedIn: try Samples.space())] {
            #expect(try !settings(#"{"disabled":true}"#).belongs(to: pool))
            #expect(try !settings(#"{"disabled":true,"placement":"embedded"}"#).belongs(to: pool))
        }
        #expect(try settings(#"{"disabled":false}"#).belongs(to: try Pool(cluster: "main")))
    }

    @Test func `a service belongs to the cluster's pool or to the embedded one, never to both`() throws {
        let cluster = try Pool(cluster: "main")
        let embedded = Pool(embeddedIn: try Samples.space())
        for (json, isCluster) in [("{}", true), (#"{"placement":"cluster"}"#, true), (#"{"placement":"embedded"}"#, false)] {
            #expect(try settings(json).belongs(to: cluster) == isCluster)
            #expect(try settings(json).belongs(to: embedded) == !isCluster)
        }
    }
}
