import Foundation
import MCPStoreQueue
import MCPStoreWorker
import NIOCore

/// What `--json` prints, and what the REST API of a gateway answers.
package enum JSONOutput {
    /// An error, with what is known of the call that it ended.
    package static func error(_ error: MCPStoreError) -> JSONValue {
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

    /// How a call went.
    package static func report(_ call: CallReport) -> [String: JSONValue] {
        [
            "outcome": .string(call.outcome), "service": .string(call.service), "tool": .string(call.tool),
            "job": .string(call.job),
            "worker": call.worker.map { .string($0) } ?? .null, "attempt": .integer(call.attempt),
            "queued_us": microseconds(call.queued), "run_us": microseconds(call.run), "returned_us": microseconds(call.returned),
        ]
    }

    /// The report with the result inside as the server sent it.
    package static func answer(_ call: CallReport, _ result: ByteBuffer) -> String {
        var text = JSONValue.object(report(call)).description
        text.removeLast()
        return text + ",\"result\":" + String(buffer: result) + "}"
    }

    /// A service, its configuration without secrets.
    package static func service(_ service: ServiceInfo) -> JSONValue {
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

    /// A tool, as its server lists it under `tool`.
    package static func tool(_ tool: ToolInfo) -> JSONValue {
        var members: [String: JSONValue] = [
            "name": .string(tool.name), "service": .string(tool.service), "qualifiedName": .string(tool.qualifiedName),
            "key": .string(tool.key), "tool": value(tool.json),
        ]
        if let pin = tool.pin {
            members["pin"] = .string(pin.rawValue)
            members["held"] = .bool(tool.isHeld)
        }
        return .object(members)
    }

    /// A tool beside what was approved of it.
    package static func approval(_ approval: ToolApproval) -> JSONValue {
        [
            "pins": .string(approval.pinning.rawValue), "status": approval.status.map { .string($0.rawValue) } ?? .null,
            "held": .bool(approval.isHeld), "hash": .string(approval.hash),
            "approved": approval.approved.map { .string($0) } ?? .null, "by": approval.by.map { .string($0) } ?? .null,
            "differences": .array(
                approval.differences.map { difference in
                    [
                        "path": .string(difference.path), "old": difference.old.map { .string($0) } ?? .null,
                        "new": difference.new.map { .string($0) } ?? .null,
                    ]
                }
            ),
        ]
    }

    /// How a tool was called.
    package static func stats(_ stats: ToolStatistics) -> JSONValue {
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
            "reused": .object(stats.reused.mapValues { .integer($0) }),
            "waiting": times(stats.waiting), "running": times(stats.running),
            "first_call": stats.firstCall.map { .integer($0) } ?? .null,
            "last_call": stats.lastCall.map { .integer($0) } ?? .null,
        ]
    }

    /// How long calls of a tool may take and whether they may be run again, each with where that comes from.
    package static func policy(_ policy: CallPolicy) -> JSONValue {
        func limit(_ setting: CallPolicy.Setting<Int?>) -> JSONValue {
            ["ms": setting.value.map { .integer($0) } ?? .null, "source": .string(setting.source)]
        }
        return [
            "total": limit(.init(policy.total.value, policy.total.source)), "waiting": limit(policy.waiting),
            "running": limit(policy.running),
            "sharesInFlight": ["value": .bool(policy.shares.value), "source": .string(policy.shares.source)],
            "keeps": ["ms": .integer(policy.keeps.value), "source": .string(policy.keeps.source)],
            "mayRunAgain": ["value": .bool(policy.mayRunAgain.value), "source": .string(policy.mayRunAgain.source)],
            "limits": [
                "service": limits(policy.serviceLimits), "tool": limits(policy.toolLimits), "cost": .integer(policy.cost),
            ],
            "circuit": policy.circuit.map { ["failures": .integer($0.limit), "openMs": .integer($0.time)] } ?? .null,
        ]
    }

    /// What calls may use over the whole cluster.
    package static func limits(_ limit: CallLimit?) -> JSONValue {
        guard let limit else { return .null }
        return [
            "concurrency": limit.concurrency.map { .integer($0) } ?? .null, "rate": limit.rate.map { .number($0) } ?? .null,
            "burst": limit.rate.map { _ in .integer(limit.capacity) } ?? .null,
        ]
    }

    /// What became of services that were to be added.
    package static func added(_ result: AddedServices) -> JSONValue {
        [
            "added": strings(result.added), "replaced": strings(result.replaced), "unchanged": strings(result.unchanged),
            "warnings": strings(result.warnings),
        ]
    }

    /// What became of a service that was to be changed.
    package static func changed(_ result: ChangedService) -> JSONValue {
        ["service": .string(result.name), "changed": .bool(result.isChanged), "warnings": strings(result.warnings)]
    }

    /// What goes on in a space.
    package static func status(_ status: StoreStatus) -> JSONValue {
        [
            "space": .string(status.space), "coordinator": status.coordinator.map { .string($0) } ?? .null,
            "workers": .array(status.workers.map(WorkerOutput.json)), "services": .array(status.services.map(service)),
            "lanes": .array(
                status.lanes.map { lane in
                    [
                        "service": .string(lane.service), "lane": .string(lane.lane), "queued": .integer(lane.queued),
                        "running": .integer(lane.running), "oldest_wait_us": microseconds(lane.oldestWait),
                    ]
                }
            ),
        ]
    }

    /// Whole microseconds, or null.
    package static func microseconds(_ duration: Duration?) -> JSONValue { duration.map { .integer($0.microseconds) } ?? .null }

    /// An array of strings.
    package static func strings(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }

    /// JSON that was stored; as a string where it is none.
    package static func value(_ json: Data) -> JSONValue {
        do { return try JSONValue(parsing: json) } catch { return .string(String(decoding: json, as: UTF8.self)) }
    }
}
