import Foundation
import Glibc

/// What a process has used until now, from /proc.
struct ProcessUsage: Sendable {
    /// User and system time, in seconds.
    let cpu: Double
    /// Resident, in bytes.
    let memory: Double

    /// `nil` where there is no such process.
    init?(_ process: Int) {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
            let name = text.lastIndex(of: ")")
        else { return nil }
        // Fields 14 and 15 are times, 24 is pages; what stands before the name's end are the first two.
        let fields = text[text.index(after: name)...].split(separator: " ").map { Double($0) ?? 0 }
        guard fields.count > 21 else { return nil }
        cpu = (fields[11] + fields[12]) / Double(sysconf(Int32(_SC_CLK_TCK)))
        memory = fields[21] * Double(sysconf(Int32(_SC_PAGESIZE)))
    }
}

/// What Redis and the workers have used until now.
struct Usage {
    let redis: RedisUsage
    /// By process id.
    let workers: [Int: ProcessUsage]

    /// In seconds; `nil` where they are not the same processes.
    func workerCPU(since before: Usage) -> Double? {
        guard Set(workers.keys) == Set(before.workers.keys) else { return nil }
        return workers.reduce(0) { $0 + $1.value.cpu } - before.workers.reduce(0) { $0 + $1.value.cpu }
    }

    var workerMemory: Double { workers.reduce(0) { $0 + $1.value.memory } }
}
