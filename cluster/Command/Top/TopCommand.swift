import ArgumentParser
import MCPStore

/// `mcpstore top`: what goes on in a space, again and again.
struct TopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "Watch the cluster: spaces, services, lanes, workers, calls a second, times, errors.",
        discussion: """
            Keys: a all spaces, s services, l lanes, w workers, enter the services of the marked space or the tools of the marked \
            service, < > the column to sort by, r the other way round, / filter, esc back, q quit. Rates are those since the last \
            look, of spaces those of the last minute; p50 and p99 of services are those since the last look, or of all calls where \
            there were none. --once, a pipe or a file gets one table.
            """
    )

    @Option(help: ArgumentHelp("How often it looks, from 500ms. (default: 1s)", valueName: "time"), transform: TimeSpan.init)
    var interval: TimeSpan?

    @Flag(help: "Look twice, print one table, and end.")
    var once = false

    @Flag(help: "Begin with all spaces of the cluster, not with the services of one.")
    var spaces = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if let interval, interval.duration < .milliseconds(500) {
            throw ValidationError("--interval takes a duration from 500ms.")
        }
    }

    func run() async throws {
        let interval = interval?.duration ?? .seconds(1)
        if once || common.json || !TopTerminal.isThere {
            let (isJSON, spaces) = (common.json, spaces)
            let text = try await common.withStore { context in
                let space = context.store.space
                if spaces {
                    // Their rates are counted by others: one look is enough.
                    let tables = TopTables(before: nil, now: try await TopLook(context, spaces: try await context.spaceLoads()))
                    if isJSON { return JSONValue.object(["spaces": Self.json(tables.spaces())]).description }
                    return TopScreen.text(TopView(.spaces), tables, space: space)
                }
                let before = try await TopLook(context)
                try await Task.sleep(for: interval)
                let tables = TopTables(before: before, now: try await TopLook(context))
                if isJSON {
                    return JSONValue.object(["space": .string(space), "services": Self.json(tables.services())]).description
                }
                return TopScreen.text(TopView(), tables, space: space)
            }
            return Console.shared.out(text)
        }
        var (common, view) = (common, TopView(spaces ? .spaces : .services))
        while let space = try await watch(common, view, interval) {
            let names = space.split(separator: ":", maxSplits: 1).map(String.init)
            (common.namespace, common.dataspace, view) = (names.first, names.last, TopView(isEntered: true))
        }
    }

    /// - Returns: The space to watch next; `nil`: no more.
    private func watch(_ common: CommonOptions, _ view: TopView, _ interval: Duration) async throws -> String? {
        try await common.withStore { context in
            let first = try await TopLook(context, spaces: view.page == .spaces ? try await context.spaceLoads() : nil)
            let terminal = TopTerminal()
            defer { terminal.restore() }
            return await TopLoop(context: context, terminal: terminal, interval: interval, first: first).run(view)
        }
    }

    /// A table as objects, for scripts.
    private static func json(_ table: TopTable) -> JSONValue {
        let rows = table.arranged(filter: "", column: 0, isDescending: false).map { row in
            let members = zip(table.header, row).map { name, cell in
                (name.lowercased(), cell.value.map(number) ?? .string(cell.text))
            }
            return JSONValue.object(Dictionary(uniqueKeysWithValues: members))
        }
        return .array(rows)
    }

    /// Counts are whole numbers, rates have three digits at most behind the point; what is less than 0 is not known.
    private static func number(_ value: Double) -> JSONValue {
        let value = (value * 1000).rounded() / 1000
        return value < 0 ? .null : Int(exactly: value).map { .integer($0) } ?? .number(value)
    }
}
