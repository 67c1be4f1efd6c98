import Foundation
import Glibc
import LoadDriver
import NIOConcurrencyHelpers

/// The line on standard error that shows how a run goes.
final class StatusLine: Sendable {
    let isShown: Bool
    private let depth = NIOLockedValueBox<Int?>(nil)

    init(isShown: Bool) { self.isShown = isShown }

    func show(_ figures: LiveFigures) {
        guard isShown else { return }
        let queued = depth.withLockedValue { $0 }.map { "queued \($0)" }
        write("\r\u{1B}[K" + ProgressLine(figures, extra: queued).text(width: Self.width))
    }

    /// Asks once a second how many calls are queued, until the task is cancelled.
    func followDepth(of bed: TestBed) async {
        while isShown, !Task.isCancelled {
            do {
                let queued = try await bed.queueDepth()
                depth.withLockedValue { $0 = queued }
                try await Task.sleep(for: .seconds(1))
            } catch {
                // The run itself says what is wrong with Redis.
                return
            }
        }
    }

    func clear() { if isShown { write("\r\u{1B}[K") } }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }

    private static var width: Int {
        var size = winsize()
        return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 20 ? Int(size.ws_col) - 1 : 79
    }
}
