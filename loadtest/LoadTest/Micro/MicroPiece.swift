import ArgumentParser

/// A piece of the hot path whose instructions are counted.
enum MicroPiece: String, CaseIterable, ExpressibleByArgument {
    case respEntries = "resp-entries"
    case respBulk = "resp-bulk"
    case result200 = "result-200"
    case result64k = "result-64k"
    case params200 = "params-200"
    case params64k = "params-64k"
    case jobEncode = "job-encode"
    case jobDecode = "job-decode"
    case outcomeEncode = "outcome-encode"
    case outcomeDecode = "outcome-decode"
    case finishCall = "finish-call"
    case redisSubmit1 = "redis-submit-1"
    case redisSubmit64 = "redis-submit-64"
    case redisSubmitScript = "redis-submit-script"
    case redisFinish1 = "redis-finish-1"
    case redisFinish64 = "redis-finish-64"

    /// Whether Redis does it, not this program.
    var isOfRedis: Bool { rawValue.hasPrefix("redis-") }

    /// For people.
    var summary: String {
        switch self {
        case .respEntries: "RESP: decode the reply of an XREADGROUP with 64 entries"
        case .respBulk: "RESP: decode a string of 256 KiB"
        case .result200: "MCP: find `result` in an answer of 200 bytes"
        case .result64k: "MCP: find `result` in an answer of 64 KiB"
        case .params200: "MCP: write a request with `params` of 200 bytes"
        case .params64k: "MCP: write a request with `params` of 64 KiB"
        case .jobEncode: "queue: write the XADD of a job"
        case .jobDecode: "queue: read a job from a decoded entry, 64 in a reply"
        case .outcomeEncode: "queue: write a packed outcome"
        case .outcomeDecode: "queue: read a packed outcome, 64 in an entry"
        case .finishCall: "queue: make the call of finish.lua for 64 jobs"
        case .redisSubmit1: "Redis: the XADD of a job, one at a time"
        case .redisSubmit64: "Redis: the XADD of a job, 64 in a write"
        case .redisSubmitScript: "Redis: submit.lua, which makes the first job of a lane"
        case .redisFinish1: "Redis: finish.lua for one job"
        case .redisFinish64: "Redis: finish.lua for 64 jobs"
        }
    }

    /// What its instructions are counted for.
    var operation: String {
        switch self {
        case .respEntries, .jobDecode, .outcomeDecode: "entry"
        case .respBulk: "KiB"
        case .result200, .result64k, .params200, .params64k: "message"
        case .jobEncode, .outcomeEncode, .finishCall: "job"
        case .redisSubmit1, .redisSubmit64, .redisSubmitScript, .redisFinish1, .redisFinish64: "job"
        }
    }

    /// Operations of one round.
    var operations: Int {
        switch self {
        case .respEntries, .jobDecode, .outcomeEncode, .outcomeDecode, .finishCall, .redisSubmit64, .redisFinish64: 64
        case .respBulk: 256
        case .result200, .result64k, .params200, .params64k, .jobEncode: 1
        case .redisSubmit1, .redisSubmitScript, .redisFinish1: 1
        }
    }

    /// Rounds that are counted: enough for a count that stays the same within a thousandth, and few, since valgrind is slow.
    var rounds: Int {
        switch self {
        case .result64k, .params64k: 2
        case .respEntries, .respBulk, .jobDecode, .outcomeEncode, .outcomeDecode, .finishCall: 10
        case .result200, .params200, .jobEncode: 200
        case .redisSubmit1, .redisSubmitScript, .redisFinish1: 200
        case .redisSubmit64, .redisFinish64: 20
        }
    }
}
