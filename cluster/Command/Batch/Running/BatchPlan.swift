import Foundation
import MCPStore
import MCPStoreQueue

/// What a batch is: where its calls come from and its answers go, and how they are made. It stands in the first line of the
/// journal, so that another command goes on with exactly the same.
struct BatchPlan: Sendable, Equatable {
    /// Of a batch whose calls are made of the records of a CSV file.
    struct CSV: Sendable, Equatable {
        var tool: String
        var service: String?
        /// The template; by default all columns become strings.
        var arguments: String?
        /// The column that holds the id.
        var id: String?
    }

    /// The batch's name in its space.
    var id: String
    /// Paths from the root; `-` for pipes.
    var input: String
    var output: String
    var csv: CSV?
    var agent: String?
    /// `namespace:dataspace`
    var space: String
    var isOrdered: Bool
    var inFlight: Int
    /// Milliseconds; 0 for the default.
    var running: Int
    var waiting: Int

    /// A name that no other batch has: when it began and something random.
    static func makeID() -> String {
        let digits = String(ISO8601.now().filter { $0.isASCII && $0.isNumber }.prefix(14))
        let random = String(UInt32.random(in: .min ... .max), radix: 36)
        return "\(digits.prefix(8))-\(digits.dropFirst(8))-\(String(repeating: "0", count: 7 - random.count))\(random)"
    }

    /// A path from the root, so that a command elsewhere finds the file.
    static func absolute(_ path: String) -> String {
        path == "-" ? path : URL(filePath: path).standardizedFileURL.path(percentEncoded: false)
    }

    /// The journal of a file of answers.
    static func journal(of output: String) -> String { output + ".batch" }

    /// The options of the calls.
    func options(round: Int) -> BatchOptions {
        var options = BatchOptions()
        options.inFlight = inFlight
        options.isOrdered = isOrdered
        if waiting > 0 { options.waiting = .milliseconds(waiting) }
        if running > 0 { options.running = .milliseconds(running) }
        options.name = id
        options.round = round
        return options
    }

    /// Why a command line does not go on with the batch of a journal; `nil` where it does. How many calls are in flight, and how
    /// long they may take, may change from life to life.
    func difference(from past: BatchPlan) -> String? {
        if past.space != space { return "it is a batch of the space \(past.space), not of \(space)" }
        if past.agent != agent { return "it calls for \(past.agent.map { "agent '\($0)'" } ?? "no agent")" }
        if past.csv != csv { return "its --tool, --arguments, --service or --id were others" }
        if past.isOrdered != isOrdered { return past.isOrdered ? "its answers are --ordered" : "its answers are not --ordered" }
        if (past.input == "-") != (input == "-") { return "its calls come from \(past.input)" }
        return nil
    }
}

extension BatchPlan {
    /// The first line of the journal.
    var json: JSONValue {
        var members: [String: JSONValue] = [
            "batch": .string(id), "version": 1, "input": .string(input), "output": .string(output), "space": .string(space),
            "ordered": .bool(isOrdered), "in_flight": .integer(inFlight), "running_ms": .integer(running),
            "waiting_ms": .integer(waiting), "agent": agent.map { .string($0) } ?? .null,
        ]
        if let csv {
            members["csv"] = [
                "tool": .string(csv.tool), "service": csv.service.map { .string($0) } ?? .null,
                "arguments": csv.arguments.map { .string($0) } ?? .null, "id": csv.id.map { .string($0) } ?? .null,
            ]
        }
        return .object(members)
    }

    init?(_ json: JSONValue) {
        guard let id = json["batch"]?.stringValue, json["version"]?.integerValue == 1, let input = json["input"]?.stringValue,
            let output = json["output"]?.stringValue, let space = json["space"]?.stringValue,
            let isOrdered = json["ordered"]?.boolValue, let inFlight = json["in_flight"]?.integerValue
        else { return nil }
        self.id = id
        self.input = input
        self.output = output
        self.space = space
        self.isOrdered = isOrdered
        self.inFlight = inFlight
        running = json["running_ms"]?.integerValue ?? 0
        waiting = json["waiting_ms"]?.integerValue ?? 0
        agent = json["agent"]?.stringValue
        if let csv = json["csv"], let tool = csv["tool"]?.stringValue {
            self.csv = CSV(
                tool: tool,
                service: csv["service"]?.stringValue,
                arguments: csv["arguments"]?.stringValue,
                id: csv["id"]?.stringValue
            )
        }
    }
}
