import Foundation
import MCPStore
import NIOCore

/// What `--json` prints.
enum JSONOutput {
    static func error(_ error: MCPStoreError) -> JSONValue {
        var members: [String: JSONValue] = ["code": .string(error.code.description), "message": .string(error.message)]
        if let retryAfter = error.retryAfter { members["retry_after_ms"] = .integer(Int(retryAfter / .milliseconds(1))) }
        if !error.suggestions.isEmpty { members["suggestions"] = strings(error.suggestions) }
        if !error.problems.isEmpty {
            members["problems"] = .array(error.problems.map { ["service": .string($0.service), "problem": .string($0.problem)] })
        }
        if let serverError = error.serverError { members["serverError"] = serverError }
        var result: [String: JSONValue] = ["error": .object(members)]
        if let call = error.call { result.merge(report(call)) { first, _ in first } }
        return .object(result)
    }

    static func report(_ call: CallReport) -> [String: JSONValue] {
        [
            "outcome": .string(call.outcome), "service": .string(call.service), "tool": .string(call.tool),
            "job": .string(call.job),
            "worker": call.worker.map { .string($0) } ?? .null, "attempt": .integer(call.attempt),
            "queued_us": microseconds(call.queued), "run_us": microseconds(call.run), "returned_us": microseconds(call.returned),
        ]
    }

    /// The report with the result inside as the server sent it.
    static func answer(_ call: CallReport, _ result: ByteBuffer) -> String {
        var text = JSONValue.object(report(call)).description
        text.removeLast()
        return text + ",\"result\":" + String(buffer: result) + "}"
    }

    static func service(_ service: ServiceInfo) -> JSONValue {
        [
            "name": .string(service.name), "storedName": .string(service.storedName), "agents": strings(service.agents),
            "isolation": .string(service.isolation), "status": .string(service.status), "ready": .bool(service.isReady),
            "hold": service.hold.map { .string($0) } ?? .null, "reason": .string(service.reason), "error": .string(service.error),
            "stderr": strings(service.standardError),
            "since": .string(service.since), "checked": .string(service.checked), "latency_us": microseconds(service.latency),
            "workers": strings(service.workers), "tools": .integer(service.toolCount), "target": .string(service.target),
            "version": .integer(service.version), "updated": .string(service.updated), "by": .string(service.updatedBy),
            "config": Redaction.configuration(value(service.configuration)),
        ]
    }

    static func tool(_ tool: ToolInfo) -> JSONValue {
        [
            "name": .string(tool.name), "service": .string(tool.service), "qualifiedName": .string(tool.qualifiedName),
            "key": .string(tool.key), "tool": value(tool.json),
        ]
    }

    static func stats(_ stats: ToolStatistics) -> JSONValue {
        func times(_ times: ToolStatistics.Times) -> JSONValue {
            [
                "total_us": microseconds(times.total), "mean_us": microseconds(times.mean), "p50_us": microseconds(times.p50),
                "p90_us": microseconds(times.p90), "p99_us": microseconds(times.p99),
            ]
        }
        return [
            "key": .string(stats.key), "service": .string(stats.service), "tool": .string(stats.tool),
            "calls": .integer(stats.calls),
            "outcomes": .object(stats.outcomes.mapValues { .integer($0) }), "retries": .integer(stats.retries),
            "waiting": times(stats.waiting), "running": times(stats.running),
            "first_call": stats.firstCall.map { .integer($0) } ?? .null,
            "last_call": stats.lastCall.map { .integer($0) } ?? .null,
        ]
    }

    static func microseconds(_ duration: Duration?) -> JSONValue { duration.map { .integer($0.microseconds) } ?? .null }

    static func strings(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }

    /// JSON that was stored; as a string where it is none.
    static func value(_ json: Data) -> JSONValue {
        do { return try JSONValue(parsing: json) } catch { return .string(String(decoding: json, as: UTF8.self)) }
    }
}
