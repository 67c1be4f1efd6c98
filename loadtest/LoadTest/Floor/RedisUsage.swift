/// What Redis itself says of its work: CPU time of the process, and calls and time by command.
struct RedisUsage {
    /// User and system time, in seconds.
    let cpu: Double
    private let commands: [String: (calls: Int, microseconds: Int)]

    init(_ connection: HiredisConnection) throws {
        let fields = Self.fields(try connection.call("INFO", "cpu").value.text)
        cpu = (Double(fields["used_cpu_user"] ?? "") ?? 0) + (Double(fields["used_cpu_sys"] ?? "") ?? 0)
        var commands: [String: (Int, Int)] = [:]
        for (name, value) in Self.fields(try connection.call("INFO", "commandstats").value.text) where name.hasPrefix("cmdstat_")
        {
            var parts: [Substring: Int] = [:]
            for part in value.split(separator: ",") {
                let sides = part.split(separator: "=")
                if sides.count == 2 { parts[sides[0]] = Int(sides[1]) }
            }
            commands[String(name.dropFirst("cmdstat_".count))] = (parts["calls"] ?? 0, parts["usec"] ?? 0)
        }
        self.commands = commands
    }

    /// What the data and buffers take, in bytes.
    static func memory(_ connection: HiredisConnection) throws -> Int {
        Int(fields(try connection.call("INFO", "memory").value.text)["used_memory"] ?? "") ?? 0
    }

    /// The server's version.
    static func version(_ connection: HiredisConnection) throws -> String? {
        fields(try connection.call("INFO", "server").value.text)["redis_version"].map(String.init)
    }

    /// All commands since `before`.
    func count(since before: RedisUsage) -> Int {
        commands.reduce(0) { $0 + $1.value.calls - (before.commands[$1.key]?.calls ?? 0) }
    }

    /// The commands since `before` that took time, with calls and microseconds a job, the most expensive first.
    func commands(since before: RedisUsage, jobs: Int) -> [(name: String, calls: Double, microseconds: Double)] {
        commands.map { name, now in
            let then = before.commands[name] ?? (0, 0)
            let calls = Double(now.calls - then.calls) / Double(jobs)
            return (name: name, calls: calls, microseconds: Double(now.microseconds - then.microseconds) / Double(jobs))
        }.filter { $0.microseconds > 0.005 }.sorted { $0.microseconds > $1.microseconds }
    }

    private static func fields(_ text: String) -> [String: Substring] {
        var fields: [String: Substring] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[String(line[..<colon])] = line[line.index(after: colon)...]
        }
        return fields
    }
}
