import Dispatch
import Foundation
import Glibc

/// The terminal while the view has it: keys one by one, an own screen, and everything as it was afterwards.
final class TopTerminal {
    /// Keys that wait to be looked at; of more the oldest are dropped.
    private static let mostWaiting = 64

    private let before: termios

    /// What was typed, as it came. Ends where the terminal is gone.
    let input: AsyncStream<String>
    private let source: any DispatchSourceRead

    /// Whether there is a terminal to draw on and one to type on.
    static var isThere: Bool {
        isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    }

    /// Takes the terminal.
    init() {
        var settings = termios()
        tcgetattr(STDIN_FILENO, &settings)
        before = settings
        settings.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG)
        tcsetattr(STDIN_FILENO, TCSANOW, &settings)
        let (input, continuation) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(Self.mostWaiting))
        self.input = input
        source = DispatchSource.makeReadSource(fileDescriptor: STDIN_FILENO, queue: .global())
        source.setEventHandler {
            var bytes = [UInt8](repeating: 0, count: 256)
            let count = bytes.withUnsafeMutableBytes { read(STDIN_FILENO, $0.baseAddress, $0.count) }
            if count > 0 {
                continuation.yield(String(decoding: bytes[..<count], as: UTF8.self))
            } else if count == 0 || (errno != EINTR && errno != EAGAIN) {
                continuation.finish()
            }
        }
        source.resume()
        // Written into the view they would be gone with the next look.
        Console.shared.holdWarnings()
        Console.shared.draw("\u{1b}[?1049h\u{1b}[?25l")
    }

    /// Gives it back.
    func restore() {
        source.cancel()
        Console.shared.draw("\u{1b}[?25h\u{1b}[?1049l")
        var settings = before
        tcsetattr(STDIN_FILENO, TCSANOW, &settings)
        Console.shared.releaseWarnings()
    }

    var size: (width: Int, height: Int) {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return (80, 24) }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// Draws over what was there, without a flash.
    func draw(_ lines: [String]) {
        let text = lines.prefix(size.height).map { $0 + "\u{1b}[K" }.joined(separator: "\r\n")
        Console.shared.draw("\u{1b}[H" + text + "\u{1b}[J")
    }
}
