import Foundation
import NIOCore

/// A progress notification of a running call.
public struct CallProgress: Sendable {
    private let payload: ByteBuffer

    init(_ payload: ByteBuffer) { self.payload = payload }

    /// The notification's `params` as the server sent them: raw JSON.
    public var json: Data { Data(payload.readableBytesView) }

    /// The same without a copy.
    package var rawJSON: ByteBuffer { payload }

    /// How far it is; grows with every notification.
    public var progress: Double? { value("progress")?.numberValue }

    /// How far it will be at the end, where that is known.
    public var total: Double? { value("total")?.numberValue }

    /// What it is doing.
    public var message: String? { value("message")?.stringValue }

    private func value(_ name: String) -> JSONValue? { JSONMembers(payload)?.value(name) }
}
