import ArgumentParser

extension EraSupport: ExpressibleByArgument {}

/// How the server serves.
struct ServingOptions: ParsableArguments {
    @Option(help: "Serve HTTP on this port of 127.0.0.1 (0: a free one) and print the URL as the one line on stderr.")
    var http: Int?

    @Option(help: "The eras to speak: legacy, modern or both. With both, the first request decides on stdio, each on HTTP.")
    var era = EraSupport.both

    @Option(help: "Tools per page of tools/list; all on one page by default.")
    var pageSize: Int?

    @Flag(help: "Have no tools, nor the capability.")
    var noTools = false

    @Flag(help: "Have also the tools, resources and prompts that the conformance suite of the MCP project asks for.")
    var conformance = false

    @Flag(help: "HTTP, legacy era: give each client a session and refuse requests without a known one.")
    var sessions = false

    @Option(help: "Where the record_* tools append their lines.")
    var record: String?

    func settings(misbehaviour: Misbehaviour) -> Settings {
        Settings(
            era: self.era,
            pageSize: self.pageSize,
            hasTools: !self.noTools,
            isConformance: self.conformance,
            usesSessions: self.sessions,
            recordPath: self.record,
            misbehaviour: misbehaviour
        )
    }

    func validate() throws {
        if let http, !(0...65535).contains(http) { throw ValidationError("--http takes a port from 0 to 65535.") }
        if let pageSize, pageSize < 1 { throw ValidationError("--page-size takes a number from 1.") }
    }
}
