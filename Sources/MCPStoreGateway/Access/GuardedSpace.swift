import MCPStore
import NIOCore

/// A space as one principal sees it: with the tools that it may call, and with tasks of its own.
struct GuardedSpace: ToolSpace {
    let space: any ToolSpace
    let principal: Principal

    func catalog() -> Catalog {
        let catalog = space.catalog()
        return principal.tools == nil ? catalog : catalog.withTools { principal.sees(tool: $0.ownName, of: $0.service) }
    }

    func forward(
        _ subject: ForwardedSubject,
        task: String?,
        listener: CallListener?,
        parameters: (_ ownName: String) -> ByteBuffer
    ) async throws(MCPStoreError) -> ForwardedAnswer {
        // By the names that are listed only: another name may be that of a tool that it does not see.
        if case .tool(let name) = subject, principal.tools != nil, !catalog().toolNames.contains(name) {
            // As for a tool that does not exist: what it may not call it does not see.
            throw MCPStoreError(.unknownTool, "there is no tool '\(name.oneLine.prefix(200))'")
        }
        return try await space.forward(
            subject,
            task: task.map { principal.own(record: $0) },
            listener: listener,
            parameters: parameters
        )
    }

    func changes() -> AsyncStream<Void> { space.changes() }

    var keepsTasks: Bool { space.keepsTasks }

    func task(_ record: String) async throws(MCPStoreError) -> TaskState? { try await space.task(principal.own(record: record)) }

    func cancelTask(_ record: String) async throws(MCPStoreError) -> Bool {
        try await space.cancelTask(principal.own(record: record))
    }

    func taskFields(_ names: [String], of record: String) async throws(MCPStoreError) -> [ByteBuffer?] {
        try await space.taskFields(names, of: principal.own(record: record))
    }

    func setTaskFields(_ fields: [(name: String, value: ByteBuffer)], of record: String) async throws(MCPStoreError) -> Bool {
        try await space.setTaskFields(fields, of: principal.own(record: record))
    }
}
