import MCPStore
import NIOCore

/// `mcpstore batch run --dry-run`: checks every call against its tool's input schema, and calls nothing.
enum BatchDryRun {
    /// Tools of which the schema is kept; a file that names more than that is wrong anyway.
    private static let mostTools = 10_000

    /// Calls of one tool.
    private struct Key: Hashable {
        var tool: String
        var service: String?
    }

    private struct Totals: Sendable {
        var calls = 0
        var wrong = 0
        /// Keywords of schemas that are not looked at, by tool.
        var passedOver: [String: [String]] = [:]
    }

    static func run(_ common: ContextOptions, _ plan: @escaping @Sendable (StoreContext) -> BatchPlan) async throws {
        let json = common.json
        let totals = try await common.withStore { context in try await check(plan(context), context, json: json) }
        for (tool, keywords) in totals.passedOver.sorted(by: { $0.key < $1.key }) {
            Console.shared.note("mcpstore: not checked of tool '\(tool.oneLine)': \(keywords.joined(separator: ", ").oneLine)")
        }
        Console.shared.note(
            "\(totals.calls.grouped) call\(totals.calls == 1 ? "" : "s") checked, \(totals.wrong.grouped) wrong; nothing was called"
        )
        guard totals.wrong > 0 else { return }
        throw CommandFailure(status: .toolError, message: "\(totals.wrong.grouped) of \(totals.calls.grouped) calls are wrong")
    }

    private static func check(_ plan: BatchPlan, _ context: StoreContext, json: Bool) async throws -> Totals {
        var reader = try await CallReader(plan)
        defer { reader.close() }
        var totals = Totals()
        var tools: [Key: Result<SchemaCheck, MCPStoreError>] = [:]
        while let call = try await reader.next() {
            try Task.checkCancellation()
            totals.calls += 1
            let problems = try await problems(of: call, context, &tools, &totals)
            guard !problems.isEmpty else { continue }
            totals.wrong += 1
            guard show(call, problems, json: json) else { break }
        }
        return totals
    }

    private static func problems(
        of call: BatchCall,
        _ context: StoreContext,
        _ tools: inout [Key: Result<SchemaCheck, MCPStoreError>],
        _ totals: inout Totals
    ) async throws -> [String] {
        // It names its line, as everything that is shown does.
        if let problem = call.problem {
            return [String(problem.message.trimmingPrefix("line \(call.number ?? 0): "))]
        }
        let key = Key(tool: call.tool, service: call.service)
        let tool: Result<SchemaCheck, MCPStoreError>
        if let known = tools[key] {
            tool = known
        } else {
            tool = try await schema(call, context, &totals)
            if tools.count < mostTools { tools[key] = tool }
        }
        switch tool {
        case .failure(let error): return [error.message]
        case .success(let check):
            guard call.arguments.readableBytes > 0 else { return check.problems(of: [:]) }
            do {
                return check.problems(of: try JSONValue(parsing: call.arguments.readableBytesView))
            } catch {
                return ["the arguments are no JSON: \(error.problem) at column \(error.offset + 1) of them"]
            }
        }
    }

    /// What a tool takes, or why there is no such tool.
    private static func schema(
        _ call: BatchCall,
        _ context: StoreContext,
        _ totals: inout Totals
    ) async throws -> Result<SchemaCheck, MCPStoreError> {
        let tool: ToolInfo
        do {
            tool = try await context.callableTool(call.tool, service: call.service)
        } catch {
            guard [.unknownTool, .ambiguousTool, .rejected].contains(error.code) else { throw error }
            return .failure(error)
        }
        guard let schema = JSONOutput.value(tool.inputSchema).objectValue else { return .success(SchemaCheck(.bool(true))) }
        let check = SchemaCheck(.object(schema))
        if !check.passedOver.isEmpty { totals.passedOver[tool.qualifiedName] = check.passedOver }
        return .success(check)
    }

    /// - Returns: Whether there is anybody to show more to.
    private static func show(_ call: BatchCall, _ problems: [String], json: Bool) -> Bool {
        let line = call.number ?? 0
        guard json else {
            return Console.shared.outIsRead(problems.map { "line \(line): \($0.oneLine)" }.joined(separator: "\n"))
        }
        let entry: JSONValue = [
            "line": .integer(line), "id": call.id, "problems": .array(problems.map { .string($0) }),
        ]
        return Console.shared.outIsRead(entry.description)
    }
}
