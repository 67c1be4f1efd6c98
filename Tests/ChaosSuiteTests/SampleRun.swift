@testable import ChaosSuite

/// A run in which everything held: three calls of one caller and one of a caller that was killed. Tests spoil it.
struct SampleRun {
    var evidence = Evidence()
    /// What Redis wrote down, command by command.
    var commands: [[String]] = []

    init() {
        var caller = CallerLedger(name: "caller-1.1")
        var killed = CallerLedger(name: "caller-2.1", wasKilled: true)
        for (number, kind) in ToolKind.allCases.enumerated() {
            let call = Self.call("c1-\(number)", kind)
            caller.add(.submitted(call, at: 1000))
            caller.add(.ended(Self.ok(call)))
            accept(call, job: "j\(number)")
            settle(call, job: "j\(number)")
            evidence.executions[call.id] = Execution(tool: kind.rawValue, starts: 1, ends: 1)
        }
        let call = Self.call("c2-1", .destructive)
        killed.add(.submitted(call, at: 1000))
        accept(call, job: "k1")
        settle(call, job: "k1")
        evidence.executions[call.id] = Execution(tool: call.tool.rawValue, starts: 1, ends: 1)
        evidence.callers = [caller, killed]
        evidence.stats = ["s record_readonly": ["ok": 1], "s record_idempotent": ["ok": 1], "s record_destructive": ["ok": 2]]
    }

    static func call(_ id: String, _ tool: ToolKind, intent: PlannedCall.Intent = .answer, key: String? = nil) -> PlannedCall {
        PlannedCall(id: id, service: "s", tool: tool, milliseconds: 0, bytes: 0, intent: intent, key: key)
    }

    static func ok(_ call: PlannedCall) -> Ending {
        Ending(id: call.id, isOutcome: true, outcome: "ok", digest: Digest.of(call.answer), attempt: 1, at: 2000)
    }

    mutating func accept(_ call: PlannedCall, job: String, entry: String? = nil, more: [String] = []) {
        let fields = ["id", job, "name", call.tool.rawValue] + more
        let parameters = #"{"name":"\#(call.tool.rawValue)","arguments":{"ms":0,"id":"\#(call.run)"}}"#
        commands.append(["XADD", "chaos:default:jobs:s", "NOMKSTREAM", entry ?? "1-\(job)"] + fields + ["params", parameters])
    }

    mutating func settle(_ call: PlannedCall, job: String, outcome: String = "ok") {
        commands.append(["XADD", "chaos:default:inbox:i", "NOMKSTREAM", "9-1", "worker", "w-1", job, "\(outcome) 5 6 {\"x\": 1}"])
        commands.append(["XDEL", "chaos:default:jobs:s", "1-\(job)"])
    }

    /// The bytes of an append-only file.
    static func bytes(_ commands: [[String]]) -> [UInt8] {
        Array(commands.map { "*\($0.count)\r\n" + $0.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined() }.joined().utf8)
    }

    func verdict() throws -> Verdict {
        var evidence = evidence
        try Self.bytes(commands).withUnsafeBytes { try evidence.log.read($0) }
        return Judge(evidence).verdict()
    }

    /// Changes the first caller's ledger.
    mutating func change(_ id: String, _ body: (inout CallerLedger.Call) -> Void) {
        for index in evidence.callers.indices {
            guard var call = evidence.callers[index].calls[id] else { continue }
            body(&call)
            evidence.callers[index].calls[id] = call
        }
    }
}
