/// What one command cost Redis, per answered call.
package struct CommandFigures: Codable, Sendable, Equatable {
    package var name: String
    package var callsPerCall: Double
    package var microsecondsPerCall: Double

    package init(name: String, callsPerCall: Double, microsecondsPerCall: Double) {
        self.name = name
        self.callsPerCall = callsPerCall
        self.microsecondsPerCall = microsecondsPerCall
    }
}
