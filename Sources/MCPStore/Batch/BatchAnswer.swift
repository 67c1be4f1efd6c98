import NIOCore

/// How one call of a batch ended. Every call that was read gets exactly one.
public struct BatchAnswer: Sendable {
    /// Which call it answers: its place in the batch, from 0.
    public let index: Int
    /// `ok`, `toolError`, `protocolError`, `timedOut`, `cancelled`, `interrupted`, `unavailable` as for any call; `invalid` where
    /// the call itself is wrong (unknown tool, bad arguments); otherwise the code of ``error``, such as `rejected` or `unknown`.
    public let outcome: String
    /// What the tool answered, with `ok` and `toolError`.
    public let result: CallResult?
    /// Why there is no result, with all other outcomes.
    public let error: MCPStoreError?
    /// What the caller calls it, as the bytes that it gave.
    package let rawID: ByteBuffer
    /// ``BatchCall/number``, or the place counted from 1.
    package let number: Int
    /// Whether making the call again does no harm: no server was asked to run it, or its tool may run twice.
    public let isSafeToRetry: Bool
    /// The record of its run in Redis, which may be deleted once the answer is kept elsewhere; `nil` where it has none.
    package let record: String?

    /// - Parameter isSafe: Whether making it again does no harm; `nil`: as its end says.
    init(
        _ call: BatchCall,
        index: Int,
        _ ending: Result<CallResult, MCPStoreError>,
        record: String? = nil,
        isSafe: Bool? = nil
    ) {
        self.index = index
        rawID = call.rawID
        number = call.number ?? index + 1
        self.record = record
        switch ending {
        case .success(let answer):
            result = answer
            error = nil
            outcome = answer.report.outcome
            isSafeToRetry = isSafe ?? answer.report.isSafeToRetry
        case .failure(let failure):
            result = nil
            error = failure
            isSafeToRetry = isSafe ?? failure.isSafeToRetry
            switch failure.code {
            case .invalidArguments, .unknownTool, .ambiguousTool, .unknownService: outcome = "invalid"
            default: outcome = failure.call?.outcome ?? failure.code.description
            }
        }
    }

    /// One that no call has had: the call itself is wrong, or was refused.
    init(_ call: BatchCall, index: Int, outcome: String, _ failure: MCPStoreError) {
        self.index = index
        self.outcome = outcome
        result = nil
        error = failure
        isSafeToRetry = true
        rawID = call.rawID
        number = call.number ?? index + 1
        record = nil
    }

    /// What the caller calls it.
    public var id: JSONValue { JSONMembers.read(rawID) ?? .null }

    /// Whether the tool answered and reports no failure of its own.
    public var isOK: Bool { outcome == "ok" }

    /// The same with a result of its own: it may wait for long, and would keep all of the buffer in which it was read.
    func detached() -> BatchAnswer {
        guard let result else { return self }
        let copy = CallResult(ByteBuffer(bytes: result.rawJSON.readableBytesView), isError: result.isError, report: result.report)
        return BatchAnswer(self, result: copy)
    }

    private init(_ answer: BatchAnswer, result: CallResult) {
        index = answer.index
        outcome = answer.outcome
        self.result = result
        error = nil
        isSafeToRetry = answer.isSafeToRetry
        rawID = answer.rawID
        number = answer.number
        record = answer.record
    }

    /// Bytes of its result.
    var size: Int { result?.rawJSON.readableBytes ?? 0 }
}
