import ArgumentParser
import Foundation
import Glibc
import Logging
import MCPStore
import MCPStoreQueue

/// `loadtest drive`: a process with a store in it that does what its standard input says, for tests of several processes.
///
/// Each line is a JSON object with `op` and an `id`, and is done beside the others; each answer is a line with the same `id`,
/// `ok`, and what was found. `at` is when it was done, in microseconds since boot. The end of the input closes the store.
struct DriveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drive",
        abstract: "Do with a store what standard input says.",
        shouldDisplay: false
    )

    @Option var redis: String
    @Option var namespace = "default"
    @Option var dataspace = "auto"
    @Option(help: "socket_timeout in seconds.") var socketTimeout = 2.0
    @Flag(help: "A client of a cluster.") var client = false
    @Flag var debug = false

    func run() async throws {
        var logger = Logger(label: "drive") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = debug ? .debug : .warning
        let options = RedisOptions(
            url: redis,
            namespace: namespace,
            dataspace: dataspace,
            socketTimeout: .seconds(socketTimeout),
            embedded: !client
        )
        let store = try await MCPStore.setup(debug: debug, redis: options, logger: logger)
        Self.say(["ready": .string(store.space), "at": .integer(ServerClock.boot())])
        let (lines, reader) = AsyncStream.makeStream(of: String.self)
        Thread.detachNewThread {
            while let line = readLine() { reader.yield(line) }
            reader.finish()
        }
        await withDiscardingTaskGroup { group in
            for await line in lines {
                group.addTask { await Self.answer(line, store, options) }
            }
        }
        await store.close()
        Self.say(["closed": true])
    }

    private static func answer(_ line: String, _ store: MCPStore, _ options: RedisOptions) async {
        var answer: [String: JSONValue] = [:]
        do {
            let order = try JSONValue(parsing: Data(line.utf8)).objectValue ?? [:]
            answer["id"] = order["id"]
            switch order["op"]?.stringValue {
            case "process": answer.merge(DrivenProcess.figures()) { $1 }
            case "churn": answer.merge(try await DrivenProcess.churn(order, options: options)) { $1 }
            default: answer.merge(try await perform(order, store.forStore())) { $1 }
            }
            answer["ok"] = true
        } catch let error as MCPStoreError {
            answer["ok"] = false
            answer["code"] = .string(error.code.description)
            answer["message"] = .string(error.message)
        } catch {
            answer["ok"] = false
            answer["message"] = .string("\(error)")
        }
        answer["at"] = .integer(ServerClock.boot())
        say(answer)
    }

    private static func perform(_ order: [String: JSONValue], _ context: StoreContext) async throws -> [String: JSONValue] {
        let name = order["name"]?.stringValue ?? ""
        switch order["op"]?.stringValue {
        case "add":
            let done = try await context.addService(order["services"] ?? [:], replacing: order["replacing"] == true)
            return [
                "added": .array(done.added.map { .string($0) }), "replaced": .array(done.replaced.map { .string($0) }),
                "unchanged": .array(done.unchanged.map { .string($0) }),
            ]
        case "remove":
            try await context.removeService(name)
        case "wait":
            let service = try await context.waitService(name, timeout: .seconds(60))
            return ["status": .string(service.status), "workers": .array(service.workers.map { .string($0) })]
        case "list":
            let services = try await context.listServices()
            return [
                "services": .object(
                    services.reduce(into: [:]) { $0[$1.name] = ["status": .string($1.status), "version": .integer($1.version)] }
                )
            ]
        case "call":
            let result = try await context.useTool(
                name,
                order["arguments"] ?? [:],
                timeout: .milliseconds(order["timeout"]?.integerValue ?? 60_000)
            )
            return ["text": .string("\(result)"), "isError": .bool(result.isError)]
        case "watch":
            // Nothing is asked for: what the store is told by itself.
            var changes = 0
            for await _ in context.store.backend.follower.ticks() {
                changes += 1
                let isThere = context.store.backend.follower.withSnapshot { snapshot in
                    snapshot.services[name].map { $0.state.status.isReady && !$0.tools.isEmpty } ?? false
                }
                if isThere { return ["changes": .integer(changes)] }
            }
        default:
            throw ValidationError("no such op")
        }
        return [:]
    }

    private static func say(_ answer: [String: JSONValue]) {
        // One write, so that lines stay whole.
        let line = Array("\(JSONValue.object(answer))\n".utf8)
        _ = line.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    }
}
