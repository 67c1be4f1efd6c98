/// What one actor does at one moment: at most one command or script in Redis, and what it makes of the reply.
struct Step {
    /// What becomes of the command.
    enum Fate: String, CaseIterable {
        case heard
        /// Redis did it, and the actor never hears of it.
        case replyLost
        /// Redis never gets it; to the actor that looks the same.
        case requestLost

        /// Whether Redis does it.
        var arrives: Bool { self != .requestLost }
    }

    let name: String
    let run: (World) async throws -> Void

    init(_ name: String, _ fate: Fate = .heard, _ run: @escaping (World) async throws -> Void) {
        self.name = fate == .heard ? name : "\(name) (\(fate.rawValue))"
        self.run = run
    }
}
