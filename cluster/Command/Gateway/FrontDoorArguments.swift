import ArgumentParser
import MCPStoreGateway
import MCPStoreQueue

extension Naming: ExpressibleByArgument {}

/// What every front door takes.
struct FrontDoorArguments: ParsableArguments {
    @Option(
        name: .customLong("names"),
        help: ArgumentHelp(
            "How tools are named: 'clear' is the own name where one service has it and service_tool where several do, 'qualified' always service_tool.",
            valueName: "form"
        )
    )
    var naming = Naming.clear

    @Option(help: ArgumentHelp("Entries on a page of a list.", valueName: "n"))
    var pageSize = 500

    @Option(
        help: ArgumentHelp(
            "After how long a call becomes a task, for clients that declare the extension. (default: 10s)",
            valueName: "time"
        ),
        transform: TimeSpan.init
    )
    var taskAfter: TimeSpan?

    /// What they say of a front door.
    var options: FrontDoorOptions {
        var options = FrontDoorOptions()
        options.serverVersion = QueueVersion.current
        options.pageSize = pageSize
        if let taskAfter { options.taskAfter = taskAfter.duration }
        return options
    }

    func validate() throws {
        guard (1...10_000).contains(pageSize) else { throw ValidationError("--page-size must be from 1 to 10000") }
    }
}
