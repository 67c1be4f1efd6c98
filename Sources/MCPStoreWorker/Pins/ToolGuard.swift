import MCPStoreProtocol
import MCPStoreQueue

/// Which tools of a service differ from what was approved, and what becomes of them.
struct ToolGuard: Sendable, Equatable {
    private(set) var mode = PinMode.off
    /// Those that are not as they were approved.
    private(set) var differing: [String: PinStatus] = [:]

    init() {}

    /// - Parameter pins: What was approved of the service; `nil` where nothing ever was.
    init(_ mode: PinMode, _ definitions: [(name: String, definition: ToolDefinition)], _ pins: [String: ToolPin]?) {
        self.mode = mode
        guard mode != .off else { return }
        for (name, definition) in definitions {
            let status = PinStatus(name, definition, pins) ?? .new
            // A tool that is listed twice is held if one of them is not as it was approved.
            if status != .approved { differing[name] = status }
        }
    }

    /// Why a tool must not be called; `nil` where it may be.
    func holds(_ tool: String) -> PinStatus? { mode == .enforce ? differing[tool] : nil }

    /// How many are held back.
    var held: Int { mode == .enforce ? differing.count : 0 }
}
