import Foundation

/// How often a call was run, as the tool itself wrote it down with `--record`.
struct Execution: Equatable, Sendable {
    var tool: String
    var starts = 0
    var ends = 0

    /// Reads the file of `toolserver --record` (`{"tool":…,"id":…,"pid":…,"event":…,"at":…}`, a line per event).
    ///
    /// - Returns: Executions by call id; empty where nothing was ever recorded.
    /// - Throws: ``ChaosError`` where a line is no record. The last one may be unfinished.
    static func read(_ path: String) throws -> [String: Execution] {
        guard FileManager.default.fileExists(atPath: path) else { return [:] }
        let text = try String(contentsOfFile: path, encoding: .utf8)
        return try parse(text)
    }

    static func parse(_ text: String) throws(ChaosError) -> [String: Execution] {
        var found: [String: Execution] = [:]
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            // Neither ids nor names of tools hold quotes here.
            let words = line.split(separator: "\"", omittingEmptySubsequences: false)
            guard words.count == 15 || words.count == 17 && words[15] == "at", words[1] == "tool", words[5] == "id",
                words[11] == "event"
            else {
                throw ChaosError("no line of a tool's record: '\(line)'")
            }
            let id = String(words[7])
            var execution = found[id] ?? Execution(tool: String(words[3]))
            if words[13] == "start" { execution.starts += 1 } else if words[13] == "end" { execution.ends += 1 }
            found[id] = execution
        }
        return found
    }
}
