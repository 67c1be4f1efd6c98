import MCPStoreQueue

/// In which of a service's two lanes a call waits. Some slots of every worker are kept for interactive calls, so that a batch
/// of hour-long ones never blocks them.
public struct CallLane: Sendable, Hashable, CustomStringConvertible {
    let lane: Lane

    /// Somebody waits for the answer. The default.
    public static let interactive = CallLane(lane: .interactive)
    /// Many or long calls that may wait for others.
    public static let batch = CallLane(lane: .batch)

    /// The lane of that name, `interactive` or `batch`; `nil` where there is none.
    public init?(_ name: String) {
        guard let lane = Lane(rawValue: name) else { return nil }
        self.lane = lane
    }

    private init(lane: Lane) { self.lane = lane }

    /// `interactive` or `batch`
    public var description: String { lane.rawValue }
}
