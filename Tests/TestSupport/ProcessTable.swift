import Foundation
import Glibc

/// What /proc says of the processes of this machine.
package enum ProcessTable {
    private struct Entry {
        let parent: pid_t
        /// `Z` for one that has ended and was not waited for.
        let state: Character
    }

    /// Nil for a process that is gone.
    private static func entry(_ process: pid_t) -> Entry? {
        // Read at once: files of /proc have no size, and change while they are read.
        let file = open("/proc/\(process)/stat", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 1024)
        let count = read(file, &bytes, bytes.count)
        guard count > 0 else { return nil }
        // The name in parentheses may hold anything; the last one ends it.
        let text = String(decoding: bytes[..<count], as: UTF8.self)
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 1, let state = fields[0].first, let parent = pid_t(fields[1]) else { return nil }
        return Entry(parent: parent, state: state)
    }

    package static func isRunning(_ process: pid_t) -> Bool {
        guard let entry = Self.entry(process) else { return false }
        return entry.state != "Z" && entry.state != "X"
    }

    /// All that `process` has started, directly or not, and that still runs below it.
    package static func descendants(of process: pid_t) throws -> Set<pid_t> {
        let names = try FileManager.default.contentsOfDirectory(atPath: "/proc")
        var children: [pid_t: [pid_t]] = [:]
        for child in names.compactMap({ pid_t($0) }) {
            if let entry = Self.entry(child), entry.state != "Z" { children[entry.parent, default: []].append(child) }
        }
        var found: Set<pid_t> = []
        var next = [process]
        while let parent = next.popLast() {
            for child in children[parent] ?? [] where found.insert(child).inserted { next.append(child) }
        }
        return found
    }

    /// The command line, words joined by spaces; empty for a process that is gone.
    package static func command(of process: pid_t) -> String {
        let bytes = FileManager.default.contents(atPath: "/proc/\(process)/cmdline") ?? Data()
        return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
    }

    /// Whether a process stands still (SIGSTOP).
    package static func isStopped(_ process: pid_t) -> Bool {
        let stat = String(decoding: FileManager.default.contents(atPath: "/proc/\(process)/stat") ?? Data(), as: UTF8.self)
        return stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].hasPrefix(") T")
    }

    /// The memory of a process that is in RAM (`VmRSS`), in bytes.
    ///
    /// - Throws: ``PeerError`` where it is gone.
    package static func residentBytes(of process: pid_t) throws -> Int {
        // A file of /proc has no size: it is read to its end.
        guard let file = FileHandle(forReadingAtPath: "/proc/\(process)/status"), let bytes = try file.readToEnd(),
            let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") }),
            let kilobytes = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) })
        else { throw PeerError("process \(process) is gone") }
        return kilobytes * 1024
    }

    /// Waits until none of `processes` runs.
    package static func waitUntilGone(_ processes: Set<pid_t>, within deadline: Duration = .seconds(5)) async throws {
        var left = processes
        do {
            try await eventually("the end of processes", within: deadline) {
                left = left.filter(Self.isRunning)
                return left.isEmpty
            }
        } catch let error as NotInTime {
            let commands = left.map { "\($0) \(Self.command(of: $0))" }.joined(separator: ", ")
            throw NotInTime(description: "\(error): \(commands)")
        }
    }
}
