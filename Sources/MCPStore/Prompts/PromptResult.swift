import Foundation
import NIOCore

/// A prompt with its arguments filled in, as its server answered.
public struct PromptResult: Sendable, CustomStringConvertible {
    /// One message of a prompt.
    public struct Message: Sendable, Hashable {
        /// `user` or `assistant`.
        public let role: String
        /// The content block: text, image, audio or resource.
        public let content: JSONValue

        /// The text of a text block, or of an embedded resource; `nil` for everything else.
        public var text: String? { content["text"]?.stringValue ?? content["resource"]?["text"]?.stringValue }
    }

    /// What the prompt is for, where the server says it.
    public let promptDescription: String?
    /// The messages, in order.
    public let messages: [Message]
    /// How it went: worker, attempt, and where the time went. ``CallReport/tool`` is the prompt's name.
    public let report: CallReport
    private let payload: ByteBuffer

    init(_ payload: ByteBuffer, report: CallReport) {
        self.payload = payload
        self.report = report
        let members = JSONMembers(payload)
        promptDescription = members?.value("description")?.stringValue
        messages =
            members?.elements("messages").compactMap(JSONMembers.read).map {
                Message(role: $0["role"]?.stringValue ?? "", content: $0["content"] ?? .null)
            } ?? []
    }

    /// The result as the server sent it: a raw JSON object, never re-encoded.
    public var json: Data { Data(payload.readableBytesView) }

    /// The same without a copy.
    package var rawJSON: ByteBuffer { payload }

    /// What a person wants to see: `role: text` for each message.
    public var description: String {
        messages.map { "\($0.role): \($0.text ?? "[\($0.content["type"]?.stringValue ?? "unknown")]")" }.joined(separator: "\n")
    }
}
