import ArgumentParser
import MCPStore

/// `mcpstore top`: what goes on in a space, again and again.
struct TopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "Watch a space: services, lanes, workers, calls a second, times, errors.",
        discussion: """
            Keys: s services, l lanes, w workers, enter the tools of the marked service, < > the column to sort by, r the other \
            way round, / filter, esc back, q quit. Rates are those since the last look; p50 and p99 of services likewise, or of \
            all calls where there were none. --once, a pipe or a file gets one table.
            """
    )

    @Option(help: ArgumentHelp("How often it looks, from 500ms. (default: 1s)", valueName: "time"), transform: TimeSpan.init)
    var interval: TimeSpan?

    @Flag(help: "Look twice, print one table, and end.")
    var once = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if let interval, interval.duration < .milliseconds(500) {
            throw ValidationError("--interval takes a duration from 500ms.")
        }
    }

    func run() async throws {
        let interval = interval?.duration ?? .seconds(1)
        if once || common.json || !TopTerminal.isThere {
            let isJSON = common.json
            let text = try await common.withStore { context in
                let before = try await TopLook(context)
                try await Task.sleep(for: interval)
                let tables = TopTables(before: before, now: try await TopLook(context))
                let space = context.store.space
                return isJSON ? Self.json(tables, space) : TopScreen.text(TopView(), tables, space: space)
            }
            return Console.shared.out(text)
        }
        try await common.withStore { context in
            let first = try await TopLook(context)
            let terminal = TopTerminal()
            defer { terminal.restore() }
            await TopLoop(context: context, terminal: terminal, interval: interval, first: first).run()
        }
    }

    /// The table of services as objects, for scripts.
    private static func json(_ tables: TopTables, _ space: String) -> String {
        let table = tables.services()
        let rows = table.arranged(filter: "", column: 0, isDescending: false).map { row in
            let members = zip(table.header, row).map { name, cell in
                (name.lowercased(), cell.value.map(number) ?? .string(cell.text))
            }
            return JSONValue.object(Dictionary(uniqueKeysWithValues: members))
        }
        return JSONValue.object(["space": .string(space), "services": .array(rows)]).description
    }

    /// Counts are whole numbers; what is less than 0 is not known.
    private static func number(_ value: Double) -> JSONValue {
        value < 0 ? .null : Int(exactly: value).map { .integer($0) } ?? .number(value)
    }
}
