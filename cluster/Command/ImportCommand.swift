import ArgumentParser
import Foundation
import MCPStore

/// `mcpstore import`: takes over the servers that other MCP programs have, without their secrets.
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Add the servers of Claude, Cursor, VS Code, Windsurf, Gemini, Codex and opencode.",
        usage: """
            mcpstore import
            mcpstore import FILE… [--dry-run]
            mcpstore import --from PROGRAM
            """,
        discussion: """
            Takes configuration files as those programs write them. Without a FILE it looks in the known places of the current
            folder and of the home, and lists what it found; with --from it takes what that program has there, with --all
            everything.

            No secret is stored: its place takes a reference such as ${TOKEN}, and the variable is named, for you to set in the
            environment of the workers. Services that are there already stay as they are unless --replace is given.
            """
    )

    @Argument(help: "Configuration files of MCP programs.")
    var files: [String] = []

    @Option(
        help: ArgumentHelp(
            "The program: \(ImportSource.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "program"
        ),
        transform: Self.source
    )
    var from: ImportSource?

    @Flag(help: "Take everything that is found in the known places.")
    var all = false

    @Flag(help: "Only say what would be added. Needs no Redis.")
    var dryRun = false

    @Flag(help: "Replace services of the same name that have another configuration.")
    var replace = false

    @Option(help: ArgumentHelp("Stands before the name of every service.", valueName: "prefix"))
    var namePrefix = ""

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard !all || files.isEmpty && from == nil else {
            throw ValidationError("--all takes what is found: leave FILE and --from out")
        }
    }

    private static func source(_ text: String) throws -> ImportSource {
        guard let source = ImportSource(rawValue: text) else {
            throw ValidationError(
                "'\(text.prefix(40))' is none of \(ImportSource.allCases.map(\.rawValue).joined(separator: ", "))"
            )
        }
        return source
    }

    func run() async throws {
        let found = files.isEmpty ? knownFiles() : files.map { (path: $0, source: from) }
        guard !found.isEmpty else {
            throw CommandFailure(status: .usage, message: "no configuration of an MCP program was found: name a FILE")
        }
        var importer = Importer(prefix: namePrefix, placement: "cluster")
        var report = ImportReport(isDryRun: dryRun || isListing, space: common.repeated)
        for (path, source) in found {
            do {
                report.files.append((path, source ?? ImportSource(path: path), try importer.add(file: path, source: source)))
            } catch {
                // A file that was named must be readable; one that was found may hold anything.
                if !files.isEmpty { throw error }
                report.unreadable.append(error.message)
            }
        }
        report.plan = importer.plan
        if !report.isDryRun, !report.plan.services.isEmpty { try await add(&report) }
        Console.shared.out(common.json ? report.json.description : report.text)
        if isListing {
            Console.shared.note("nothing was added: mcpstore import --all, --from PROGRAM or FILE… does that")
        } else if report.isEmpty {
            throw CommandFailure(status: .usage, message: "nothing was imported")
        }
    }

    /// Whether nothing says what to take.
    private var isListing: Bool { files.isEmpty && from == nil && !all }

    private func knownFiles() -> [(path: String, source: ImportSource?)] {
        let environment = ProcessInfo.processInfo.environment
        let home = environment["HOME"] ?? NSHomeDirectory()
        var seen: Set<String> = []
        var files: [(path: String, source: ImportSource?)] = []
        for source in from.map({ [$0] }) ?? ImportSource.allCases {
            let folder = FileManager.default.currentDirectoryPath
            for path in source.places(home: home, folder: folder, environment: environment)
            where seen.insert(path).inserted && FileManager.default.fileExists(atPath: path) {
                files.append((path, source))
            }
        }
        return files
    }

    /// Adds what is not there yet, and with `--replace` what is there with another configuration.
    private func add(_ report: inout ImportReport) async throws {
        let services = report.plan.services
        let (result, present) = try await common.withStore { [replace] context in
            let present = Dictionary(
                try await context.listServices().map { ($0.name, JSONOutput.value($0.configuration)) },
                uniquingKeysWith: { first, _ in first }
            )
            let taken = services.filter { service in
                replace || present[service.name].map { $0 == service.configuration } != false
            }
            guard !taken.isEmpty else { return (AddedServices?.none, present) }
            let map = Dictionary(taken.map { ($0.name, $0.configuration) }, uniquingKeysWith: { first, _ in first })
            return (try await context.addService(["mcpServers": .object(map)], replacing: replace), present)
        }
        report.result = result
        for service in services where !replace {
            guard let present = present[service.name], present != service.configuration else { continue }
            report.plan.leave(
                service,
                "there is a service of this name with another configuration: replace it with --replace, or use --name-prefix"
            )
        }
    }
}
