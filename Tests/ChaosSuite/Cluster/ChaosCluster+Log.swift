import Foundation
import TestSupport

/// What goes wrong with the disk that Redis' log lies on.
extension ChaosCluster {
    private nonisolated var log: String { "\(redis.directory.path)/appendonlydir/appendonly.aof.1.incr.aof" }

    private nonisolated func logSize() throws -> Int {
        try FileManager.default.attributesOfItem(atPath: log)[.size] as? Int ?? 0
    }

    /// Lets Redis' log grow by so many bytes more, as if the disk were full then. It is a limit of that one process: who runs the suite
    /// need not be root, and everybody else has the disk.
    nonisolated func limitLog(to more: Int) async throws { try await setLimit("\(try logSize() + more)") }

    /// There is room again. A Redis that always syncs has ended, as it must, and is started anew.
    nonisolated func freeLog() async throws {
        if redis.isRunning {
            do { try await setLimit("unlimited") } catch { if redis.isRunning { throw error } }
            // It may have been about to end.
            try await Task.sleep(for: .milliseconds(300))
        }
        if !redis.isRunning { try await redis.restart() }
    }

    private nonisolated func setLimit(_ bytes: String) async throws {
        guard let process = redis.processIdentifier else { throw ChaosError("redis-server does not run") }
        let command = ["prlimit", "--pid", "\(process)", "--fsize=\(bytes):"]
        let run = try ChildProcess.start(command)
        guard try await run.exit(within: .seconds(20)) == .exited(0) else {
            throw ChaosError("\(command.joined(separator: " ")): \(run.output)")
        }
    }

    /// Takes from the log of a dead Redis what it had written since the last turn of a second, as a power failure takes what was
    /// written and not synced. What was there lies in `lost` afterwards.
    ///
    /// - Returns: How many bytes that were.
    nonisolated func losePower() throws -> Int {
        guard let file = FileHandle(forUpdatingAtPath: log) else { throw ChaosError("cannot write \(log)") }
        let size = try file.seekToEnd()
        // A second of a busy cluster is less than that.
        let start = size > 64 << 20 ? size - 64 << 20 : 0
        try file.seek(toOffset: start)
        let tail = try file.readToEnd() ?? Data()
        // `#TS:SECONDS`, which aof-timestamp-enabled puts before the first command of each second. What is older is synced.
        guard let mark = tail.range(of: Data("\r\n#TS:".utf8), options: .backwards),
            let second = Int(String(decoding: tail[mark.upperBound...].prefix(10), as: UTF8.self)),
            Double(second) >= Date().timeIntervalSince1970 - 2
        else { return 0 }
        let lost = tail[(mark.lowerBound + 2)...]
        try FileManager.default.createDirectory(atPath: "\(directory)/lost", withIntermediateDirectories: true)
        try lost.write(to: URL(filePath: "\(directory)/lost/\(Microseconds.now)"))
        try file.truncate(atOffset: size - UInt64(lost.count))
        try file.close()
        return lost.count
    }

    /// What power failures took.
    nonisolated func lostParts() throws -> [Data] {
        let folder = "\(directory)/lost"
        guard FileManager.default.fileExists(atPath: folder) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: folder).map {
            try Data(contentsOf: URL(filePath: "\(folder)/\($0)"), options: .alwaysMapped)
        }
    }
}
