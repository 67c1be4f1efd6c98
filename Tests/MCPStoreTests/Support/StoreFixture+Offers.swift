import MCPStoreQueue
import NIOCore

@testable import MCPStore

extension StoreFixture {
    /// Publishes what a service offers, as a worker does.
    ///
    /// - Parameter service: Its stored name.
    func publishOffers(
        _ service: String,
        tools: [String] = [],
        resources: [String] = [],
        templates: [String] = [],
        prompts: [String] = []
    ) async throws {
        let hash = String(UInt64.random(in: .min ... .max), radix: 16)
        let tools = tools.map { #"{"name":\#(JSONValue.string($0)),"inputSchema":{"type":"object"}}"# }
        let resources = resources.map { #"{"uri":\#(JSONValue.string($0)),"name":"r","mimeType":"text/plain","size":3}"# }
        let templates = templates.map { #"{"uriTemplate":\#(JSONValue.string($0)),"name":"t"}"# }
        let prompts = prompts.map {
            #"{"name":\#(JSONValue.string($0)),"arguments":[{"name":"a","required":true},{"name":"b"}]}"#
        }
        let lists = [("tools", tools), ("resources", resources), ("resourceTemplates", templates), ("prompts", prompts)]
            .map { "\"\($0.0)\":[\($0.1.joined(separator: ","))]" }.joined(separator: ",")
        let listings = tools.compactMap { tool in
            JSONMembers(ByteBuffer(string: tool))?.value("name")?.stringValue.map {
                ToolListing(name: $0, document: ByteBuffer(string: #"{"tool":\#(tool)}"#))
            }
        }
        let cache = ByteBuffer(string: "{\"hash\":\"\(hash)\",\(lists)}")
        _ = try await registry.publish(listings, of: service, cache: cache, hash: hash)
    }

    /// Adds a service in a context, and publishes its tools and a healthy state as its worker would.
    ///
    /// - Returns: Its stored name.
    @discardableResult
    func add(_ entry: JSONValue, in context: StoreContext, tools: [String] = []) async throws -> String {
        let name = try await context.addService(entry).names[0]
        let stored = try await context.serviceInfo(name).storedName
        try await publishOffers(stored, tools: tools)
        try await set(.healthy, of: stored)
        try await follower.reload()
        return stored
    }
}

/// The error that `body` throws; `nil` where it throws none.
func storeError(_ body: () async throws -> Void) async -> MCPStoreError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? MCPStoreError
    }
}
