import Foundation
import NIOCore

/// What a tool answered, with how the call went.
public struct CallResult: Sendable, CustomStringConvertible {
    /// Whether the tool reports a failure of its own (`isError`). What it says is in ``text``.
    public let isError: Bool
    /// How the call went: worker, attempt, and where the time went.
    public let report: CallReport
    private let payload: ByteBuffer

    init(_ payload: ByteBuffer, isError: Bool, report: CallReport) {
        self.payload = payload
        self.isError = isError
        self.report = report
    }

    /// The result as the server sent it: a raw JSON object, never re-encoded.
    public var json: Data { Data(payload.readableBytesView) }

    /// The same without a copy.
    package var rawJSON: ByteBuffer { payload }

    /// The text blocks of the result, one after another, each on lines of its own.
    public var text: String {
        content.compactMap { $0["type"]?.stringValue == "text" ? $0["text"]?.stringValue : nil }.joined(separator: "\n")
    }

    /// The content blocks of the result: text, images, audio, resources.
    public var content: [JSONValue] {
        JSONMembers(payload)?.elements("content").compactMap(JSONMembers.read) ?? []
    }

    /// What the tool answered for machines: raw JSON. `nil` where it gave text only.
    public var structuredContent: Data? {
        guard let value = JSONMembers(payload)?["structuredContent"], value != ByteBuffer(string: "null") else { return nil }
        return Data(value.readableBytesView)
    }

    /// What a person wants to see: the text blocks, and a line for each block that is none. Where there are no blocks, the
    /// structured content, or all of it.
    public var description: String {
        let blocks = content
        if blocks.isEmpty { return String(decoding: structuredContent ?? json, as: UTF8.self) }
        return blocks.map(Self.describe).joined(separator: "\n")
    }

    private static func describe(_ block: JSONValue) -> String {
        let type = block["type"]?.stringValue ?? "unknown"
        let mime = block["mimeType"]?.stringValue.map { " \($0)" } ?? ""
        switch type {
        case "text": return block["text"]?.stringValue ?? ""
        case "image", "audio": return "[\(type)\(mime), \(block["data"]?.stringValue?.utf8.count ?? 0) bytes of base64]"
        case "resource":
            let resource = block["resource"]
            return resource?["text"]?.stringValue ?? "[resource \(resource?["uri"]?.stringValue ?? "")]"
        case "resource_link": return "[resource \(block["uri"]?.stringValue ?? "")\(mime)]"
        default: return "[\(type)\(mime)]"
        }
    }
}
