import Foundation

/// The figures of the floor, for people and for programs.
struct FloorReport: Encodable {
    /// One measurement. Latencies in microseconds, `redisMicroseconds` of Redis' CPU time per job.
    struct Row: Encodable {
        var mode: String
        var inFlight: Int
        var jobsPerSecond: Double
        var p50: Double
        var p99: Double
        var redisMicroseconds: Double
        var redisUtilisation: Double
        var commands: [Command]
    }

    /// Time that Redis spent in one command, per job.
    struct Command: Encodable {
        var name: String
        var callsPerJob: Double
        var microsecondsPerJob: Double
    }

    let payload: Int
    let batch: Int
    private(set) var rows: [Row] = []

    init(payload: Int, batch: Int) {
        self.payload = payload
        self.batch = batch
    }

    mutating func add(window result: FloorMeasurement.Result, inFlight: Int) {
        add(result, mode: "window", inFlight: inFlight)
    }

    mutating func add(pingPong result: FloorMeasurement.Result, merges: Bool) {
        add(result, mode: merges ? "ping-pong, merged writes" : "ping-pong", inFlight: 1)
    }

    private mutating func add(_ result: FloorMeasurement.Result, mode: String, inFlight: Int) {
        rows.append(
            Row(
                mode: mode,
                inFlight: inFlight,
                jobsPerSecond: result.rate,
                p50: result.percentile(0.5),
                p99: result.percentile(0.99),
                redisMicroseconds: result.redisMicroseconds,
                redisUtilisation: result.redisCPU / result.seconds,
                commands: result.commands.map {
                    Command(name: $0.name, callsPerJob: $0.calls, microsecondsPerJob: $0.microseconds)
                }
            )
        )
    }

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    var text: String {
        var lines = ["jobs of \(payload) bytes, read in batches of at most \(batch)", ""]
        lines.append("mode                       in flight     jobs/s    p50 us    p99 us  Redis us/job  Redis busy")
        for row in rows {
            let name = row.mode + String(repeating: " ", count: max(27 - row.mode.count, 1))
            let figures = [
                right("\(row.inFlight)", 9), right(whole(row.jobsPerSecond), 11), right(tenth(row.p50), 10),
                right(tenth(row.p99), 10), right(tenth(row.redisMicroseconds), 14),
                right("\(whole(row.redisUtilisation * 100)) %", 12),
            ]
            lines.append(name + figures.joined())
        }
        for row in rows.prefix(1) {
            let parts = row.commands.prefix(6).map { "\($0.name) \(hundredth($0.microsecondsPerJob))" }
            lines += ["", "in Redis' commands with \(row.inFlight) in flight, us/job: \(parts.joined(separator: ", "))"]
        }
        return lines.joined(separator: "\n")
    }

    private func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(width - text.count, 1)) + text
    }
    private func whole(_ value: Double) -> String { "\(Int(value.rounded()))" }
    private func tenth(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
    private func hundredth(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }
}
