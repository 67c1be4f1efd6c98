import ArgumentParser
import MCPStore
import MCPStoreQueue

/// `mcpstore batch cancel`.
struct BatchCancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Have the command of a batch take back what is queued or runs, and end; from any machine.",
        discussion: """
            The calls that are taken back are answered as 'cancelled'; those behind them are not read. mcpstore batch resume goes on
            with them. A command that has died takes nothing back: what it had in flight runs, and resume collects it.
            """
    )

    @Argument(help: "The batch's id.")
    var batch: String

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let record = try await common.withStore { [batch] context in
            let record = try await context.batchRecord(batch)
            if record.upload != nil, record.status == .running {
                // Nobody runs it: this command takes its calls back.
                _ = try await context.cancelUpload(batch)
                return try await context.batchRecord(batch)
            }
            guard record.status == .running else {
                throw CommandFailure(
                    status: .usage,
                    message: "no command runs batch \(record.id): it is \(BatchOutput.status(record)); there is nothing to cancel"
                )
            }
            _ = try await context.cancelBatch(batch)
            return record
        }
        if common.json { return Console.shared.out(BatchOutput.json(record).description) }
        if record.upload != nil {
            return Console.shared.out("batch \(record.id) is cancelled: what had no outcome yet is taken back")
        }
        guard BatchOutput.isSilent(record) else {
            return Console.shared.out(
                "batch \(record.id) is told to end; its command on \(record.host.oneLine) does so within seconds"
            )
        }
        Console.shared.out(
            """
            batch \(record.id) is silent: its command, process \(record.process) on \(record.host.oneLine), died or lost Redis. If it comes \
            back it ends; if it died, what it had in flight still runs, and nothing else is asked. There, mcpstore batch resume \
            \(record.id)\(common.repeated) collects that and goes on
            """
        )
    }
}
