import Glibc
import NIOConcurrencyHelpers

/// One line on a terminal that says what is waited for and for how long; it is drawn again and again and leaves nothing
/// behind. Does nothing where standard error is no terminal.
final class StatusLine: Sendable {
    private struct State {
        var text: String
        var frame = 0
    }

    private static let frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"]
    private static let interval = Duration.milliseconds(120)

    private let state: NIOLockedValueBox<State>
    private let start = ContinuousClock.now
    private let drawing = NIOLockedValueBox<Task<Void, Never>?>(nil)

    /// - Parameter text: What is waited for.
    init(_ text: String) {
        state = NIOLockedValueBox(State(text: text))
        guard Console.shared.showsStatus else { return }
        drawing.withLockedValue { drawing in
            drawing = Task { [weak self] in
                while !Task.isCancelled {
                    self?.draw()
                    do { try await Task.sleep(for: Self.interval) } catch { return }
                }
            }
        }
    }

    deinit { drawing.withLockedValue { $0 }?.cancel() }

    func update(_ text: String) {
        state.withLockedValue { $0.text = text }
    }

    /// Takes the line away.
    func finish() {
        guard let task = drawing.withLockedValue({ $0.take() }) else { return }
        task.cancel()
        Console.shared.setStatus(nil)
    }

    private func draw() {
        let (text, frame) = state.withLockedValue { state in
            state.frame += 1
            return (state.text, Self.frames[state.frame % Self.frames.count])
        }
        let seconds = Int((ContinuousClock.now - start) / .seconds(1))
        // Under the lock: after finish() nothing is drawn.
        drawing.withLockedValue { drawing in
            guard drawing != nil else { return }
            Console.shared.setStatus(Self.line(frame, text, seconds: seconds, width: Console.shared.width))
        }
    }

    /// `⠋ time: initializing, starting uvx · 12 s | Downloading …`, cut to the width of the terminal.
    static func line(_ frame: String, _ text: String, seconds: Int, width: Int) -> String {
        let parts = text.split(separator: "\n", maxSplits: 1).map { String($0) }
        let tail = parts.count > 1 ? " | \(parts[1])" : ""
        let line = "\(frame) \(parts.first ?? "") · \(seconds) s\(tail)".oneLinePrintable
        return line.count < width ? line : line.prefix(max(width - 2, 1)) + "…"
    }
}

extension String {
    /// Without control characters: what a server writes must not steer the terminal.
    fileprivate var oneLinePrintable: String {
        String(String.UnicodeScalarView(unicodeScalars.map { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) ? " " : $0 }))
    }
}
