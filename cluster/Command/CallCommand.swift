import ArgumentParser
import Foundation
import MCPStore
import NIOCore

/// `mcpstore call`: calls a tool and prints its answer.
struct CallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "call",
        abstract: "Call a tool through the queue and print its answer.",
        discussion: """
            mcpstore call get_current_time '{"timezone":"Asia/Shanghai"}'
            echo '{"timezone":"Europe/Oslo"}' | mcpstore call time_get_current_time - --timeout 10s
            """
    )

    /// More on standard input is refused.
    static let mostInput = 8 << 20

    @Argument(help: "The tool: its own name, service_tool or mcp_service_tool.")
    var tool: String

    @Argument(help: "The arguments as a JSON object; - reads them from standard input. (default: {})")
    var arguments: String?

    @Option(
        help: ArgumentHelp(
            "How long it may take in all, such as 500ms, 10s, 2m. (default: as the service says, else 60s)",
            valueName: "time"
        ),
        transform: TimeSpan.init
    )
    var timeout: TimeSpan?

    @Option(
        help: ArgumentHelp(
            "How long it may wait for its start; if it cannot be started in time, it is not run.",
            valueName: "time"
        ),
        transform: TimeSpan.init
    )
    var waitTimeout: TimeSpan?

    @Option(help: ArgumentHelp("How long one start of it may run.", valueName: "time"), transform: TimeSpan.init)
    var runTimeout: TimeSpan?

    @Option(help: "The lane: interactive or batch.", transform: Self.lane)
    var lane: CallLane = .interactive

    @Option(
        help: ArgumentHelp("The service that is meant; needed only where all names of a tool are ambiguous.", valueName: "name")
    )
    var service: String?

    @Option(
        help: ArgumentHelp(
            "Calls with the same key and arguments share one run and its answer, for 24 hours: repeat a call safely.",
            valueName: "key"
        )
    )
    var idempotencyKey: String?

    @OptionGroup var common: ContextOptions

    func run() async throws {
        let bytes = try arguments == "-" ? Self.readInput() : ByteBuffer(string: arguments ?? "")
        let result = try await common.withStore {
            [tool, timeout, lane, service, idempotencyKey, waitTimeout, runTimeout] context in
            try await context.call(
                tool,
                bytes,
                timeout: timeout?.duration,
                lane: lane,
                service: service,
                idempotencyKey: idempotencyKey,
                waiting: waitTimeout?.duration,
                running: runTimeout?.duration
            )
        }
        if common.json {
            Console.shared.out(JSONOutput.answer(result.report, result.rawJSON))
        } else {
            Console.shared.out(result.description)
        }
        guard result.isError else { return }
        let line = result.text.split(whereSeparator: \.isNewline).first.map { ": \($0.prefix(300))" } ?? ""
        throw CommandFailure(
            status: .toolError,
            message: "the tool '\(result.report.tool)' of service '\(result.report.service)' reported an error\(line)"
        )
    }

    private static func lane(_ name: String) throws -> CallLane {
        guard let lane = CallLane(name) else { throw ValidationError("'\(name)' is not a lane: interactive or batch") }
        return lane
    }

    private static func readInput() throws -> ByteBuffer {
        var buffer = ByteBuffer()
        do {
            while let chunk = try FileHandle.standardInput.read(upToCount: 1 << 16), !chunk.isEmpty {
                buffer.writeBytes(chunk)
                guard buffer.readableBytes <= mostInput else {
                    throw CommandFailure(
                        status: .usage,
                        message: "the arguments on standard input are larger than \(mostInput >> 20) MiB"
                    )
                }
            }
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure(status: .usage, message: "standard input cannot be read: \(error.localizedDescription)")
        }
        return buffer
    }
}
