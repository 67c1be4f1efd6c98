import Foundation
import LoadDriver
import NIOConcurrencyHelpers
import NIOCore

/// The parameters of calls: made once for each kind of call, since what is measured is not how they are made.
final class Payloads: Sendable {
    private struct Kind: Hashable {
        var tool: String
        var payload: Int
        var arguments: [String: Int]
    }

    private let fixedTool: String?
    private let made = NIOLockedValueBox<[Kind: (arguments: Data, parameters: ByteBuffer)]>([:])

    /// - Parameter tool: The tool of all calls, whatever the plan says.
    init(tool: String? = nil) { fixedTool = tool }

    /// The value of `params` of a `tools/call`.
    func parameters(of call: PlannedCall) -> ByteBuffer { values(of: call).parameters }

    /// The value of its `arguments`.
    func arguments(of call: PlannedCall) -> Data { values(of: call).arguments }

    /// The text that `echo` has to answer.
    func text(of call: PlannedCall) -> String { String(repeating: "x", count: Self.length(of: call)) }

    /// So that `{"text":"…"}` has as many bytes as asked for.
    private static func length(of call: PlannedCall) -> Int { max(call.payload - "{\"text\":\"\"}".utf8.count, 0) }

    private func values(of call: PlannedCall) -> (arguments: Data, parameters: ByteBuffer) {
        let kind = Kind(tool: fixedTool ?? call.tool, payload: call.payload, arguments: call.arguments)
        return made.withLockedValue { made in
            if let known = made[kind] { return known }
            var members = kind.arguments.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }
            if kind.tool == "echo" || fixedTool != nil { members.insert("\"text\":\"\(text(of: call))\"", at: 0) }
            let arguments = "{\(members.joined(separator: ","))}"
            let values = (
                arguments: Data(arguments.utf8),
                parameters: ByteBuffer(string: "{\"name\":\"\(kind.tool)\",\"arguments\":\(arguments)}")
            )
            made[kind] = values
            return values
        }
    }
}
