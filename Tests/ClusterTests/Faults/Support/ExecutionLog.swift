import Foundation
import Glibc
import MCPStore

/// The file of `toolserver --record`: what was really started, by whom, and what came to its end.
struct ExecutionLog: Sendable {
    struct Line: Sendable {
        let tool: String
        let id: String
        let process: pid_t
        let event: String
        /// Microseconds since 1970.
        let at: Int
    }

    let path: String

    /// - Throws: where a line is no JSON.
    func lines() throws -> [Line] {
        guard let bytes = FileManager.default.contents(atPath: self.path) else { return [] }
        // The last line may be half written.
        return try bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast().map { line in
            let value = try JSONValue(parsing: Data(line))
            return Line(
                tool: value["tool"]?.stringValue ?? "",
                id: value["id"]?.stringValue ?? "",
                process: pid_t(value["pid"]?.integerValue ?? 0),
                event: value["event"]?.stringValue ?? "",
                at: value["at"]?.integerValue ?? 0
            )
        }
    }

    /// How often each id was started.
    func starts(of tool: String? = nil) throws -> [String: Int] {
        let lines = try self.lines().filter { $0.event == "start" && (tool == nil || $0.tool == tool) }
        return Dictionary(lines.map { ($0.id, 1) }, uniquingKeysWith: +)
    }

    /// Ids that were started below one of `processes` and have not ended there.
    func running(in processes: Set<pid_t>) throws -> Set<String> {
        let lines = try self.lines().filter { processes.contains($0.process) }
        return Set(lines.filter { $0.event == "start" }.map(\.id)).subtracting(lines.filter { $0.event != "start" }.map(\.id))
    }
}
