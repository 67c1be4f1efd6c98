/// How a batch is run: see ``StoreContext/batch(_:_:)``.
public struct BatchOptions: Sendable {
    /// Calls that are queued or run at once, and answers that wait to be taken: together at most so many.
    public var inFlight = 1000
    /// Whether answers come in the order of the calls. One slow call then holds back the answers behind it, and with them, when
    /// ``inFlight`` of them wait, all further calls.
    public var isOrdered = false
    /// How long a call may wait for its start.
    public var waiting = Duration.seconds(86_400)
    /// How long one start of a call may run; by default what the service's configuration says of calls, else 60 s.
    public var running: Duration?
    /// How long Redis may be away at a stretch before the batch ends with an error.
    public var patience = Duration.seconds(600)
    /// Makes calls durable: with the same name, the same call at the same place is run once, also by another process, and gets
    /// the same outcome for 14 days after its end. A program that died runs its batch again from the start, under the same
    /// name, and nothing runs twice. 1 to 100 of `A-Z a-z 0-9 . _ -`. Without one, nothing is remembered.
    public var name: String?
    /// Which try it is, from 1 on: what failed may be run again under a new number.
    package var round = 1

    /// The defaults.
    public init() {}
}

extension BatchOptions {
    /// How long the record of a call is kept after its end, in milliseconds: 14 days.
    static let retention = 14 * 86_400_000
    /// Answers of more bytes do not wait to be taken: no further calls are read meanwhile.
    static let mostWaitingBytes = 64 << 20

    /// The idempotency key of a call; `nil` where the batch has no name.
    func key(of number: Int) -> String? {
        name.map { round == 1 ? "batch:\($0):\(number)" : "batch:\($0):\(number):\(round)" }
    }

    /// - Throws: ``MCPStoreError`` (`invalidArguments`).
    func check() throws(MCPStoreError) {
        guard (1...10_000).contains(inFlight) else {
            throw MCPStoreError(.invalidArguments, "a batch must have from 1 to 10000 calls in flight")
        }
        let limits = [waiting] + (running.map { [$0] } ?? [])
        guard limits.allSatisfy({ $0 >= .milliseconds(1) && $0 <= StoreContext.longestTimeout }) else {
            throw MCPStoreError(.invalidArguments, "the limits of a batch's calls must be from 1 ms to 7 days")
        }
        if let name {
            let isName = (1...100).contains(name.utf8.count) && name.utf8.allSatisfy(Self.isNameByte)
            guard isName else {
                throw MCPStoreError(.invalidArguments, "the name of a batch must be 1 to 100 of A-Z a-z 0-9 . _ -")
            }
        }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
