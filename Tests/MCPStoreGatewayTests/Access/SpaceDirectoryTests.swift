import Logging
import MCPStore
import MCPStoreQueue
import TestSupport
import Testing

@testable import MCPStoreGateway

/// The spaces that one gateway has open.
struct SpaceDirectoryTests {
    private func withDirectory(most: Int, _ body: (SpaceDirectory) async throws -> Void) async throws {
        let directory = SpaceDirectory(
            most: most,
            naming: .clear,
            options: FrontDoorOptions(),
            subscriptions: Subscriptions(),
            logger: .quiet
        ) { (_) async throws(MCPStoreError) in try await MCPStore.setup(logger: .quiet) }
        do { try await body(directory) } catch {
            await directory.close()
            throw error
        }
        await directory.close()
    }

    @Test func `A space that is kept is never closed to make room, and others are`() async throws {
        try await withDirectory(most: 2) { directory in
            let (kept, others) = (try Space(namespace: "a", dataspace: "d"), ["b", "c", "e"])
            try await directory.keep(kept)
            for name in others { _ = try await directory.lease(Space(namespace: name, dataspace: "d")) }
            #expect(await directory.stores().map(\.space.namespace) == ["a", "e"])
        }
    }

    @Test func `One namespace does not use up the places of all`() async throws {
        try await withDirectory(most: 4) { directory in
            var leases: [SpaceDirectory.Lease] = []
            for number in 0..<3 { leases.append(try await directory.lease(Space(namespace: "a", dataspace: "d\(number)"))) }
            let error = await #expect(throws: MCPStoreError.self) {
                try await directory.lease(Space(namespace: "a", dataspace: "d3"))
            }
            #expect(error?.code == .busy && error?.message.contains("of the namespace 'a'") == true)
            leases.append(try await directory.lease(Space(namespace: "b", dataspace: "d")))
            leases.removeAll()
            // What is not in use gives way.
            _ = try await directory.lease(Space(namespace: "a", dataspace: "d3"))
            #expect(await directory.stores().count == 4)
        }
    }
}
