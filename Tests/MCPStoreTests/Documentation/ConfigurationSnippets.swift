import Foundation
import MCPStore
import TestSupport
import Testing

/// What `docs/configuration.md` and `cluster/deploy/examples/README.md` show.
struct ConfigurationSnippets {
    /// Compiled as it is shown; it is run with the same file in `ExamplesTests`.
    private func production() async throws -> MCPStore {
        let configuration = try MCPStoreConfiguration.load(
            file: "cluster/deploy/examples/production.json",
            environment: ProcessInfo.processInfo.environment
        )
        let store = try await MCPStore.setup(configuration)
        return store
    }

    @Test func `The example of production asks for its password before anything else`() async {
        let error = await #expect(throws: MCPStoreError.self) { try await production() }
        // From the package's folder the variable is what is missing, from elsewhere the file.
        #expect(error?.code == .badConfiguration)
    }
}
