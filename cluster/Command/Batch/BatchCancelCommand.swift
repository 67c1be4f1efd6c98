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
            with them.
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
            guard record.status == .running, !BatchOutput.isSilent(record) else {
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
        Console.shared.out("batch \(record.id) is told to end; its command on \(record.host.oneLine) does so within seconds")
    }
}
