import Foundation
import Glibc
import LoadDriver

/// The line on standard error that shows how a run goes.
struct StatusLine: Sendable {
    let isShown: Bool

    func show(_ figures: LiveFigures) {
        guard isShown else { return }
        write("\r\u{1B}[K" + ProgressLine(figures).text(width: Self.width))
    }

    func clear() { if isShown { write("\r\u{1B}[K") } }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }

    private static var width: Int {
        var size = winsize()
        return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 20 ? Int(size.ws_col) - 1 : 79
    }
}
