import Foundation
import MCPStore

/// What `loadtest drive` does beside its one store.
enum DrivenProcess {
    /// What this process holds.
    static func figures() -> [String: JSONValue] {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        func number(_ name: String) -> JSONValue {
            let line = status.split(separator: "\n").first { $0.hasPrefix(name) } ?? ""
            return .integer(Int(line.filter(\.isNumber)) ?? -1)
        }
        let descriptors = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? -1
        return ["descriptors": .integer(descriptors), "threads": number("Threads:"), "memoryKiB": number("VmRSS:")]
    }

    /// Sets up `stores` stores at once and closes them (or, with `drop`, lets go of them), `rounds` times. With a `command` each
    /// adds a service and calls its `echo`.
    static func churn(_ order: [String: JSONValue], options: RedisOptions) async throws -> [String: JSONValue] {
        var options = options
        options.dataspace = order["dataspace"]?.stringValue ?? options.dataspace
        let (place, command, drops) = (options, order["command"], order["drop"] == true)
        var answered = 0
        for _ in 0..<(order["rounds"]?.integerValue ?? 1) {
            answered += try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<(order["stores"]?.integerValue ?? 1) {
                    group.addTask {
                        let store = try await MCPStore.setup(redis: place)
                        var count = 0
                        if let command {
                            let context = store.forStore()
                            try await context.addService(["mcpServers": ["churn\(number)": ["command": command]]])
                            try await context.waitService("churn\(number)", timeout: .seconds(60))
                            let result = try await context.callTool("churn\(number)_echo", json: Data(#"{"text":"hi"}"#.utf8))
                            count = result.text == "hi" ? 1 : 0
                            try await context.removeService("churn\(number)")
                        }
                        if !drops { await store.close() }
                        return count
                    }
                }
                return try await group.reduce(0, +)
            }
        }
        return ["answered": .integer(answered)]
    }
}
