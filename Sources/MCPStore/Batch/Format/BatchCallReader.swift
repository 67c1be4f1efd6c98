import NIOCore

/// The calls of a file, of JSON lines or of CSV records, in bounded memory.
package struct BatchCallReader: Sendable {
    private struct Template {
        var shape: CallShape
        var arguments: ArgumentTemplate
        var id: Int?
    }

    /// One of the two is there. They are changed in place: copies would copy what they have read.
    private var plain: LineReader?
    private var records: CSVReader?
    private let template: Template?

    /// - Parameter shape: What CSV records become; `nil` for JSON lines.
    /// - Throws: ``MCPStoreError`` (`invalidArguments`) where the header is wrong, and what reading throws.
    package init(_ lines: LineReader, _ shape: CallShape?, longest: Int = BatchCall.longestLine) async throws {
        guard let shape else {
            plain = lines
            template = nil
            return
        }
        let records = try await CSVReader(lines, longest: longest)
        let arguments =
            try shape.arguments.map { text throws(MCPStoreError) in try ArgumentTemplate(text, columns: records.columns) }
            ?? ArgumentTemplate(all: records.columns)
        var id: Int?
        if let name = shape.id {
            id = records.columns.firstIndex(of: name)
            guard id != nil else {
                let known = records.columns.joined(separator: ", ")
                throw MCPStoreError(
                    .invalidArguments,
                    "there is no column '\(name.oneLine)' for the id in the header: \(known.oneLine)"
                )
            }
        }
        self.records = records
        template = Template(shape: shape, arguments: arguments, id: id)
    }

    /// Lines that were read, bytes of them, and what tells them from others.
    package var line: Int { plain?.number ?? records?.lines.number ?? 0 }
    package var offset: Int { plain?.offset ?? records?.lines.offset ?? 0 }
    package var digest: String { plain?.digest ?? records?.lines.digest ?? "" }
    /// Whether the last line that was read had no line feed.
    package var endsOpen: Bool { plain?.endsOpen ?? records?.lines.endsOpen ?? false }
    /// See ``LineReader/hasDigest(_:)``.
    package func hasDigest(_ known: String) -> Bool { plain?.hasDigest(known) ?? records?.lines.hasDigest(known) ?? false }

    /// The next call; `nil` behind the last one. Empty lines are none.
    ///
    /// - Throws: What reading throws.
    package mutating func next() async throws -> BatchCall? {
        if let template {
            guard let record = try await records?.next() else { return nil }
            return Self.call(record, template)
        }
        while let line = try await plain?.next() {
            if line.isTooLong { return BatchCall(tooLongLine: line.number) }
            if !Self.isBlank(line.bytes) { return BatchCall(line: line.bytes, number: line.number) }
        }
        return nil
    }

    private static func isBlank(_ bytes: ByteBuffer) -> Bool {
        bytes.withUnsafeReadableBytes { $0.allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") } }
    }

    private static func call(_ record: CSVReader.Record, _ template: Template) -> BatchCall {
        let shape = template.shape
        var call = BatchCall(rawID: ByteBuffer(string: "null"), tool: shape.tool, arguments: ByteBuffer(), service: shape.service)
        call.number = record.number
        switch record.fields {
        case .failure(let problem): call.problem = wrong(record, problem.message)
        case .success(let fields):
            if let id = template.id { call.rawID = JSONValue.string(fields[id]).buffer }
            do throws(MCPStoreError) {
                call.arguments = try template.arguments.arguments(fields)
            } catch {
                call.problem = wrong(record, error.message)
            }
        }
        return call
    }

    private static func wrong(_ record: CSVReader.Record, _ problem: String) -> MCPStoreError {
        MCPStoreError(.invalidArguments, "line \(record.number): \(problem)")
    }
}
