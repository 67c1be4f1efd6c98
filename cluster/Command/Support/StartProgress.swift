import MCPStore

/// Shows on a terminal how the start of a service goes: its state, for how long, and what its server last wrote to standard
/// error.
final class StartProgress: Sendable {
    private let line: StatusLine?

    /// - Parameter isQuiet: Shows nothing, whatever standard error is.
    init(_ service: String, isQuiet: Bool = false) {
        line = isQuiet ? nil : StatusLine("\(service): waiting for it to start")
    }

    func show(_ service: ServiceInfo) {
        var text = "\(service.name): \(service.status)"
        if !service.reason.isEmpty { text += ", \(service.reason.oneLine)" }
        if let last = service.standardError.last { text += "\n\(last.oneLine)" }
        line?.update(text)
    }

    func finish() { line?.finish() }
}
