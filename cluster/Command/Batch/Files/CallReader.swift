import MCPStore

/// The calls of a file on this machine, of JSON lines or of CSV records.
struct CallReader: Sendable {
    private let source: ByteSource
    private var calls: BatchCallReader

    /// Opens the file of a plan.
    ///
    /// - Parameter watched: The line for which ``hasDigest(_:)`` will be asked.
    /// - Throws: ``CommandFailure`` (usage), ``MCPStoreError`` (`invalidArguments`).
    init(_ plan: BatchPlan, watched: Int? = nil) async throws {
        source = try ByteSource(path: plan.input)
        let shape = plan.csv.map { CallShape(tool: $0.tool, service: $0.service, arguments: $0.arguments, id: $0.id) }
        calls = try await BatchCallReader(LineReader(source, longest: BatchCall.longestLine, watched: watched), shape)
    }

    /// Bytes of the file; `nil` for a pipe.
    var size: Int? { source.size }
    /// Lines that were read, bytes of them, and what tells them from others.
    var line: Int { calls.line }
    var offset: Int { calls.offset }
    var digest: String { calls.digest }
    /// Whether the last line has no line feed, as one that is still being written, or was cut off.
    var endsOpen: Bool { calls.endsOpen }
    func hasDigest(_ known: String) -> Bool { calls.hasDigest(known) }

    func close() { source.close() }

    /// The next call; `nil` behind the last one. Empty lines are none.
    ///
    /// - Throws: ``CommandFailure`` where the file cannot be read.
    mutating func next() async throws -> BatchCall? { try await calls.next() }
}

extension LineReader {
    /// The lines of a file on this machine.
    init(_ source: ByteSource, longest: Int, watched: Int? = nil) {
        self.init(name: source.path, longest: longest, watched: watched) { try await source.next() }
    }
}
