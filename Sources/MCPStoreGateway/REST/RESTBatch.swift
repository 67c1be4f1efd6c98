import Crypto
import Foundation
import MCPStore
import MCPStoreQueue
import NIOCore

/// A batch as the REST API shows it, and what one may do with it.
struct RESTBatch: Sendable {
    let record: BatchRecord

    static func unknown(_ id: String) -> Problem {
        Problem(
            404,
            "unknownBatch",
            "there is no batch '\(id.oneLine.prefix(120))': it never was, it is another's, or its time is over"
        )
    }

    /// A batch that the principal sees: its own, and for who operates the space all.
    ///
    /// - Parameter owns: Whether it must be its own, and one that was uploaded.
    /// - Throws: ``Problem`` 404, ``MCPStoreError``.
    static func find(_ call: RESTCall, owns: Bool = false) async throws -> RESTBatch {
        let id = call.variable("batch")
        guard UploadJob.isBatch(id), let record = try await call.context.findBatch(id), sees(record, call.space, owns: owns)
        else {
            throw unknown(id)
        }
        return RESTBatch(record: record)
    }

    /// Whether a principal sees a batch.
    static func sees(_ record: BatchRecord, _ space: RESTSpace, owns: Bool = false) -> Bool {
        let owner = record.upload?.owner ?? ""
        if owns, record.upload == nil { return false }
        if owner == space.principal.id { return true }
        return !owns && space.principal.roles.contains(.operate)
    }

    var json: JSONValue { BatchRecordOutput.json(record) }

    /// Whether nothing of it is queued or runs.
    var hasEnded: Bool { record.status != .running }

    /// The id of a batch that is uploaded: as the client says, or of its idempotency key, or a new one.
    ///
    /// - Throws: ``Problem`` 400.
    static func id(_ call: RESTCall) throws(Problem) -> String {
        if let id = call.query.text("id") {
            guard UploadJob.isBatch(id) else {
                throw Problem(400, "invalidQuery", "the id of a batch must be 1 to 100 of A-Z a-z 0-9 . _ -")
            }
            return id
        }
        if let key = call.idempotencyKey {
            let text = "\(call.space.principal.id) \(key)"
            return "k-" + Array(SHA256.hash(data: Data(text.utf8)).prefix(16)).hexadecimal
        }
        let digits = String(ISO8601.now().filter { $0.isASCII && $0.isNumber }.prefix(14))
        return "\(digits.prefix(8))-\(digits.dropFirst(8))-\(RedisTasks.makeRecord().prefix(8))"
    }

    /// The names by which calls of a batch mean the tools that the principal sees.
    static func visible(_ space: RESTSpace) -> BatchUpload.Visible {
        // A closure of its own, so that typed errors pass.
        { (call) throws(MCPStoreError) in
            let (name, service) = try space.visible(tool: call.tool, service: call.service)
            return (tool: name, service: service)
        }
    }

    /// How the calls of an upload are made.
    ///
    /// - Throws: ``Problem`` 400.
    static func plan(_ call: RESTCall) throws(Problem) -> UploadPlan {
        var plan = UploadPlan()
        let query = call.query
        if let wait = query.duration("waitTimeout") { plan.waiting = max(wait.microseconds / 1000, 1) }
        if let run = query.duration("timeout") { plan.running = max(run.microseconds / 1000, 1) }
        let names = ["tool", "arguments", "service", "idColumn"]
        guard call.file?.type == "text/csv" else {
            if let name = names.first(where: { query.text($0) != nil }) {
                throw Problem(400, "invalidQuery", "'\(name)' belongs to text/csv: lines of JSON say it themselves")
            }
            return plan
        }
        guard let tool = query.text("tool") else {
            throw Problem(400, "invalidQuery", "text/csv needs the parameter 'tool': the tool that is called with each record")
        }
        plan.csv = CallShape(
            tool: tool,
            service: query.text("service"),
            arguments: query.text("arguments"),
            id: query.text("idColumn")
        )
        return plan
    }

    /// Takes an upload.
    ///
    /// - Throws: ``Problem`` with the `line` that is wrong, or the last one that was taken.
    static func upload(_ call: RESTCall) async throws -> RESTBatch {
        guard let file = call.file else { throw Problem(400, "invalidBody", "the body is missing") }
        let (id, plan) = (try id(call), try plan(call))
        let visible = visible(call.space)
        let context = call.context
        var upload = try await context.openUpload(id, plan, owner: call.space.principal.id, visible: visible)
        let before = upload.taken
        do {
            let lines = LineReader(name: "the body", longest: BatchCall.longestLine) { try await file.next() }
            var reader = try await BatchCallReader(lines, plan.csv)
            do {
                _ = try await upload.run(&reader)
            } catch let error as MCPStoreError {
                var problem = Problem(error)
                problem.members["line"] = .integer(upload.taken == 0 ? max(reader.line, 1) : try await lastLine(id, context))
                throw problem
            }
        } catch {
            // Nothing was taken: it never was, unless another upload of it goes on. Also where the client has gone away.
            if before == 0, upload.taken == 0 { try await Task { try await context.dropUpload(id) }.value }
            guard var problem = error as? Problem else {
                guard let error = error as? MCPStoreError else { throw error }
                var problem = Problem(error)
                problem.members["batch"] = .string(id)
                throw problem
            }
            problem.members["batch"] = .string(id)
            throw problem
        }
        guard let record = try await context.countedBatch(id) else { throw unknown(id) }
        return RESTBatch(record: record)
    }

    /// The last line of which the call was taken.
    private static func lastLine(_ id: String, _ context: StoreContext) async throws -> Int {
        try await context.countedBatch(id)?.upload?.lines ?? 0
    }
}
