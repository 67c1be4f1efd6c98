import MCPStore
import NIOCore

/// The calls of a file, of JSON lines or of CSV records.
struct CallReader: Sendable {
    /// What records of a CSV file become.
    private struct Shape {
        var tool: String
        var service: String?
        var template: ArgumentTemplate
        var id: Int?
    }

    /// One of the two is there. They are changed in place: copies would copy what they have read.
    private var plain: LineReader?
    private var records: CSVReader?
    private let shape: Shape?
    private let source: ByteSource

    /// Opens the file of a plan.
    ///
    /// - Throws: ``CommandFailure`` (usage).
    init(_ plan: BatchPlan) async throws {
        source = try ByteSource(path: plan.input)
        let lines = LineReader(source, longest: BatchCall.longestLine)
        guard let csv = plan.csv else {
            plain = lines
            shape = nil
            return
        }
        let records = try await CSVReader(lines, longest: BatchCall.longestLine)
        let template =
            try csv.arguments.map { try ArgumentTemplate($0, columns: records.columns) }
            ?? ArgumentTemplate(all: records.columns, but: csv.id)
        var id: Int?
        if let name = csv.id {
            id = records.columns.firstIndex(of: name)
            guard id != nil else {
                let known = records.columns.joined(separator: ", ")
                throw CommandFailure(status: .usage, message: "--id: there is no column '\(name)' in the header: \(known)")
            }
        }
        self.records = records
        shape = Shape(tool: csv.tool, service: csv.service, template: template, id: id)
    }

    /// Bytes of the file; `nil` for a pipe.
    var size: Int? { source.size }
    /// Lines that were read, bytes of them, and what tells them from others.
    var line: Int { plain?.number ?? records?.lines.number ?? 0 }
    var offset: Int { plain?.offset ?? records?.lines.offset ?? 0 }
    var digest: String { plain?.digest ?? records?.lines.digest ?? "" }

    func close() { source.close() }

    /// The next call; `nil` behind the last one. Empty lines are none.
    ///
    /// - Throws: ``CommandFailure`` where the file cannot be read.
    mutating func next() async throws -> BatchCall? {
        if let shape {
            guard let record = try await records?.next() else { return nil }
            return Self.call(record, shape)
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

    private static func call(_ record: CSVReader.Record, _ shape: Shape) -> BatchCall {
        var call = BatchCall(rawID: ByteBuffer(string: "null"), tool: shape.tool, arguments: ByteBuffer(), service: shape.service)
        call.number = record.number
        switch record.fields {
        case .failure(let problem): call.problem = wrong(record, problem.message)
        case .success(let fields):
            if let id = shape.id { call.rawID = JSONValue.string(fields[id]).buffer }
            do throws(MCPStoreError) {
                call.arguments = try shape.template.arguments(fields)
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
