import Glibc
import LoadDriver
import NIOConcurrencyHelpers

/// The line on standard error that shows how a run goes.
final class StatusLine: Sendable {
    let isShown: Bool
    private let depth = NIOLockedValueBox<Int?>(nil)

    init(isShown: Bool) { self.isShown = isShown }

    /// - Parameter phase: What the run is as a part of a longer one, while it measures.
    func show(_ figures: LiveFigures, as phase: LoadPhase? = nil) {
        guard isShown else { return }
        var figures = figures
        if let phase, figures.phase == .measuring { figures.phase = phase }
        let queued = depth.withLockedValue { $0 }.map { "queued \(Units.count($0))" }
        write("\r\u{1B}[K" + ProgressLine(figures, extra: queued).text(width: Self.width))
    }

    /// How many calls are queued, for the lines to come.
    func setDepth(_ queued: Int) { depth.withLockedValue { $0 = queued } }

    func clear() { if isShown { write("\r\u{1B}[K") } }

    private func write(_ text: String) { StandardError.write(text) }

    private static var width: Int {
        var size = winsize()
        return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 1 ? Int(size.ws_col) - 1 : 79
    }
}
