import Foundation
import NIOCore

/// What a server answered when a resource was read.
public struct ResourceContents: Sendable, CustomStringConvertible {
    /// One part of a resource.
    public struct Part: Sendable, Hashable {
        /// Its URI.
        public let uri: String
        /// Its MIME type, where the server says one.
        public let mimeType: String?
        /// Its text; `nil` where it is binary.
        public let text: String?
        /// Its bytes where it is binary; `nil` where it is text, or where the server sent no valid base64.
        public let blob: Data?
    }

    /// The parts: one for most resources, several for e.g. a directory.
    public let parts: [Part]
    /// How the reading went: worker, attempt, and where the time went. ``CallReport/tool`` is the URI.
    public let report: CallReport
    private let payload: ByteBuffer

    init(_ payload: ByteBuffer, report: CallReport) {
        self.payload = payload
        self.report = report
        parts =
            JSONMembers(payload)?.elements("contents").compactMap(JSONMembers.read).map { part in
                Part(
                    uri: part["uri"]?.stringValue ?? "",
                    mimeType: part["mimeType"]?.stringValue,
                    text: part["text"]?.stringValue,
                    blob: part["blob"]?.stringValue.flatMap { Data(base64Encoded: $0) }
                )
            } ?? []
    }

    /// The result as the server sent it: a raw JSON object, never re-encoded.
    public var json: Data { Data(payload.readableBytesView) }

    /// The same without a copy.
    package var rawJSON: ByteBuffer { payload }

    /// The text of all parts, one after another, each on lines of its own.
    public var text: String { parts.compactMap(\.text).joined(separator: "\n") }

    /// What a person wants to see: texts, and a line for each part that is none.
    public var description: String {
        parts.map { part in
            part.text ?? "[\(part.mimeType ?? "binary"), \(part.blob?.count ?? 0) bytes, \(part.uri)]"
        }.joined(separator: "\n")
    }
}
